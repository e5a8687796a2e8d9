import { AccessError } from '../../shared/errors.ts';
import {
  type AccountAct,
  changeAccount,
  type ChangedAccount,
  doneWords,
  listAccounts,
  type ListedAccount,
} from '../administration/emergency-accounts.ts';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import { type AtRelay, UnknownToRelay } from './running-relay.ts';
import { outcomeOfAnswer } from './waits-words.ts';

/** Where the accounts are, when no relay runs that can be asked. */
export interface BreakGlassPlace extends Omit<StatePlace, 'dataDir'> {
  readonly config: Config;
}

export type BreakGlassCommandOptions = (BreakGlassPlace | AtRelay) & {
  readonly action:
    | { readonly type: 'list' }
    | { readonly type: AccountAct; readonly account: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
  readonly now?: () => number;
};

/** Runs `relay break-glass …`. Exit code 0; 1 when open sessions go on until they end by themselves; 2 for bad input. */
export async function breakGlassCommand(options: BreakGlassCommandOptions): Promise<number> {
  const { action, write, warn = write } = options;
  try {
    return action.type === 'list' ? await list(options) : await change(options, action);
  } catch (error) {
    if (!(error instanceof AccessError) || error instanceof UnknownToRelay) throw error;
    if (error.code !== 'bad-input' && error.code !== 'policy-denied') throw error;
    warn(`${error.message}\n`);
    return 2;
  }
}

const path = '/admin/v1/break-glass/accounts';

async function list(options: BreakGlassCommandOptions): Promise<number> {
  const { json, write } = options;
  const accounts =
    'relay' in options
      ? ((await options.relay.get(path)) as { readonly accounts: readonly ListedAccount[] }).accounts
      : listAccounts(options.config, options.now);
  for (const account of accounts) {
    const words = wordsOf(account);
    const line = `${account.name.padEnd(20)}  ${account.state.padEnd(13)}  ${words}`;
    write(json ? `${JSON.stringify({ ...account, words })}\n` : `${line}\n`);
  }
  return 0;
}

function wordsOf({ state, signIn, passkeys, groups }: ListedAccount): string {
  if (state === 'not in config') return 'nobody can use it; “remove” takes its credentials away';
  const how = signIn === 'passkey' ? `passkeys: ${passkeys}` : 'passphrase and one-time codes';
  return `${how}; groups: ${groups.join(', ')}`;
}

async function change(
  options: BreakGlassCommandOptions,
  action: Exclude<BreakGlassCommandOptions['action'], { type: 'list' }>,
): Promise<number> {
  const { json, write } = options;
  const { type, account } = action;
  const { note, invitation, untold } = await changed(options, action);
  const expiresAt = invitation === null ? '' : new Date(invitation.expiresAtMs).toISOString();
  if (json) {
    const told = invitation === null ? { done: doneWords[type] } : { link: invitation.link, expiresAt };
    write(`${JSON.stringify({ account, ...told })}\n`);
  } else if (invitation === null) write(`It is done: ${note}\n`);
  else
    write(
      `Give this link to the person of ${account}, and to nobody else. It works once, until ${expiresAt}:\n${invitation.link}\n`,
    );
  if (untold === null) return 0;
  write(
    'Nobody can sign in with it. Open sessions couldn’t be ended everywhere; they end by themselves (session_minutes).\n',
  );
  return 1;
}

async function changed(
  options: BreakGlassCommandOptions,
  { type, account, reason: given }: Exclude<BreakGlassCommandOptions['action'], { type: 'list' }>,
): Promise<ChangedAccount> {
  const reason = readReason(given);
  if ('relay' in options) {
    const answer = await options.relay.post(`${path}/${encodeURIComponent(account)}/${type}`, { reason });
    const { note, invitation } = answer as Pick<ChangedAccount, 'note' | 'invitation'>;
    return { note, invitation, ...outcomeOfAnswer(answer) };
  }
  const operator = currentOperator();
  const asked = { act: type, account, author: operatorWords(operator), operator, reason };
  return changeAccount(options, asked, options.now === undefined ? {} : { now: options.now });
}
