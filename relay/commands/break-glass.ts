import { AccessError } from '../../shared/errors.ts';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { revokePerson } from '../administration/revoke-person.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { isEnrolled, type StoredAccount } from '../break-glass/account.ts';
import { type BreakGlassStore, openBreakGlassStore } from '../break-glass/break-glass-store.ts';
import { inviteToBreakGlass, requireAccount, requireBreakGlass } from '../break-glass/invite.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { BreakGlassAccount } from '../config/break-glass-schema.ts';
import type { Config } from '../config/config-schema.ts';

export interface BreakGlassCommandOptions extends Omit<StatePlace, 'dataDir'> {
  readonly config: Config;
  readonly action:
    | { readonly type: 'list' }
    | {
        readonly type: 'invite' | 'disable' | 'enable' | 'remove';
        readonly account: string;
        readonly reason: string;
      };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/** Runs `relay break-glass …`. Exit code 0; 1 when open sessions go on until they end by themselves; 2 for bad input. */
export async function breakGlassCommand(options: BreakGlassCommandOptions): Promise<number> {
  const { config, action, write } = options;
  try {
    requireBreakGlass(config);
    const store = openBreakGlassStore(config.relay.data, options.now ?? Date.now);
    try {
      return action.type === 'list' ? list(options, store) : await change(options, action, store);
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'bad-input') throw error;
    write(`${error.message}\n`);
    return 2;
  }
}

function list({ config, json, write }: BreakGlassCommandOptions, store: BreakGlassStore): number {
  const { accounts } = requireBreakGlass(config);
  for (const account of accounts) {
    const row = rowOf(account, store.account(account.name));
    write(json ? `${JSON.stringify(row)}\n` : `${row.name.padEnd(20)}  ${row.state.padEnd(12)}  ${row.words}\n`);
  }
  const known = new Set(accounts.map(({ name }) => name));
  for (const { name } of store.accounts().filter((stored) => !known.has(stored.name) && isEnrolled(stored)))
    write(
      json
        ? `${JSON.stringify({ name, state: 'not in config' })}\n`
        : `${name.padEnd(20)}  not in config  nobody can use it; “remove” takes its credentials away\n`,
    );
  return 0;
}

function rowOf({ name, sign_in: how, groups }: BreakGlassAccount, stored: StoredAccount | null) {
  const state =
    stored?.disabled === true ? 'disabled' : stored !== null && isEnrolled(stored) ? 'enrolled' : 'not enrolled';
  const passkeys = stored?.credentials?.passkeys.length ?? 0;
  const words = [
    how === 'passkey' ? `passkeys: ${passkeys}` : 'passphrase and one-time codes',
    `groups: ${groups.join(', ')}`,
  ];
  return { name, state, signIn: how, passkeys, groups, words: words.join('; ') };
}

async function change(
  { config, redis, storage, json, write, now = Date.now }: BreakGlassCommandOptions,
  action: Exclude<BreakGlassCommandOptions['action'], { type: 'list' }>,
  store: BreakGlassStore,
): Promise<number> {
  const { type, account: name } = action;
  const reason = readReason(action.reason);
  const operator = currentOperator();
  const author = operatorWords(operator);
  if (type === 'invite') {
    const { link, expiresAtMs } = inviteToBreakGlass(config, store, name, { author, reason }, now());
    const expiresAt = new Date(expiresAtMs).toISOString();
    write(
      json
        ? `${JSON.stringify({ account: name, link, expiresAt })}\n`
        : `Give this link to the person of ${name}, and to nobody else. It works once, until ${expiresAt}:\n${link}\n`,
    );
    return 0;
  }
  if (store.account(name) === null) requireAccount(requireBreakGlass(config), name);
  const done = { disable: 'disabled', enable: 'enabled', remove: 'removed the credentials of' }[type];
  const note = `${author} has ${done} the break-glass account ${name}: ${reason}`;
  if (type === 'remove') {
    if (!store.remove(name, note)) throw new AccessError('bad-input', `Nobody has enrolled for “${name}”.`);
  } else store.change(name, () => ({ disabled: type === 'disable' }), note);
  write(json ? `${JSON.stringify({ account: name, done })}\n` : `It is done: ${note}\n`);
  if (type === 'enable') return 0;
  const issuer = breakGlassIssuerOf(config);
  try {
    await revokePerson({ dataDir: config.relay.data, redis, storage }, { who: name, issuer, operator, reason }, now());
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'shared-state-unavailable') throw error;
    const { session_minutes: minutes } = requireBreakGlass(config);
    write(
      `Nobody can sign in with it. Open sessions couldn’t be ended everywhere; they last ${minutes} minutes at most.\n`,
    );
    return 1;
  }
}
