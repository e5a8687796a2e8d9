import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { readReason } from '../acts/operator.ts';
import { isEnrolled, type StoredAccount } from '../break-glass/account.ts';
import { type BreakGlassStore, openBreakGlassStore } from '../break-glass/break-glass-store.ts';
import { inviteToBreakGlass, requireAccount, requireBreakGlass } from '../break-glass/invite.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import type { Inviter } from '../break-glass/two-people.ts';
import { type PersonToRevoke, revokePerson } from './revoke-person.ts';
import type { StatePlace } from './state-place.ts';

export const accountStates = ['enrolled', 'not enrolled', 'disabled', 'not in config'] as const;

/** An emergency account, and whether somebody can sign in with it. */
export interface ListedAccount {
  readonly name: string;
  readonly state: (typeof accountStates)[number];
  /** Null for one that was taken out of the config and still has credentials. */
  readonly signIn: 'passkey' | 'passphrase' | null;
  readonly passkeys: number;
  readonly groups: readonly string[];
}

/** Those of the config in its order, then what is kept of others. @throws AccessError `bad-input` when the config has none */
export function listAccounts(config: Config, now: () => number = Date.now): readonly ListedAccount[] {
  const { accounts } = requireBreakGlass(config);
  const store = openBreakGlassStore(config.relay.data, now);
  try {
    const known = new Set(accounts.map(({ name }) => name));
    const configured = accounts.map(({ name, sign_in: signIn, groups }): ListedAccount => {
      const stored = store.account(name);
      const passkeys = stored?.credentials?.passkeys.length ?? 0;
      return { name, state: stateOf(stored), signIn, passkeys, groups };
    });
    const others = store
      .accounts()
      .filter((stored) => !known.has(stored.name) && isEnrolled(stored))
      .map(({ name, credentials }): ListedAccount => {
        const passkeys = credentials?.passkeys.length ?? 0;
        return { name, state: 'not in config', signIn: null, passkeys, groups: [] };
      });
    return [...configured, ...others];
  } finally {
    store.close();
  }
}

export const accountActs = ['invite', 'disable', 'enable', 'remove'] as const;
export type AccountAct = (typeof accountActs)[number];

/** What was done, as records and answers say it. */
export const doneWords = {
  invite: 'made a link for enrolment to',
  disable: 'disabled',
  enable: 'enabled',
  remove: 'removed the credentials of',
} as const satisfies Readonly<Record<AccountAct, string>>;

/** What is done with an account, by whom and why. */
export interface AccountChange extends Pick<PersonToRevoke, 'operator' | 'reason'> {
  readonly act: AccountAct;
  readonly account: string;
  /** Names the operator in records. */
  readonly author: string;
  /** Who that is at the admin API; null, or left out, for who can open the relay’s files. */
  readonly person?: Inviter | null;
}

/** What became of it. */
export interface ChangedAccount {
  /** As the record of it says. */
  readonly note: string;
  /** The link for enrolment, which nobody can read again, and its end; null for other acts. */
  readonly invitation: { readonly link: string; readonly expiresAtMs: number } | null;
  /** Why open sessions couldn’t be ended everywhere; null when they were. */
  readonly untold: Error | null;
  /** Whether the relay that runs has put it into the audit by now. */
  readonly isRecorded: boolean;
}

/**
 * Does it, durably; the record is made together with it, and says how the account was before. Disabling and removing end open
 * sessions.
 * @param waitMs how long the record is waited for
 * @throws AccessError `bad-input`
 */
export async function changeAccount(
  { config, ...place }: Omit<StatePlace, 'dataDir'> & { readonly config: Config },
  change: AccountChange,
  { waitMs = 0, now = Date.now }: { readonly waitMs?: number; readonly now?: () => number } = {},
): Promise<ChangedAccount> {
  const settings = requireBreakGlass(config);
  const { act, account: name, author, person = null, operator } = change;
  const reason = readReason(change.reason);
  const store = openBreakGlassStore(config.relay.data, now);
  try {
    const before = stateOf(store.account(name));
    if (act === 'invite') {
      const { note, ...invitation } = inviteToBreakGlass(
        config,
        store,
        name,
        { author, person, reason, before },
        now(),
      );
      return { note, invitation, untold: null, isRecorded: await untilNoted(store, waitMs) };
    }
    if (store.account(name) === null) requireAccount(settings, name);
    const note = `${author} has ${doneWords[act]} the break-glass account ${name}: ${reason} (before: ${before})`;
    if (act === 'remove') {
      if (!store.remove(name, note)) throw new AccessError('bad-input', `Nobody has enrolled for “${name}”.`);
    } else store.change(name, () => ({ disabled: act === 'disable' }), note);
    const untold = act === 'enable' ? null : await endSessions({ config, ...place }, { name, operator, reason }, now());
    return { note, invitation: null, untold, isRecorded: await untilNoted(store, waitMs) };
  } finally {
    store.close();
  }
}

async function endSessions(
  { config, redis, storage }: Omit<StatePlace, 'dataDir'> & { readonly config: Config },
  { name, operator, reason }: { readonly name: string } & Pick<AccountChange, 'operator' | 'reason'>,
  nowMs: number,
): Promise<Error | null> {
  const place = { dataDir: config.relay.data, redis, storage };
  try {
    const outcome = await revokePerson(
      place,
      { who: name, issuer: breakGlassIssuerOf(config), operator, reason },
      nowMs,
    );
    return outcome.status === 'revoked' ? outcome.untold : null;
  } catch (error) {
    if (error instanceof AccessError && error.code === 'shared-state-unavailable') return error;
    throw error;
  }
}

function stateOf(stored: StoredAccount | null): 'enrolled' | 'not enrolled' | 'disabled' {
  if (stored?.disabled === true) return 'disabled';
  return stored !== null && isEnrolled(stored) ? 'enrolled' : 'not enrolled';
}

const lookEveryMs = 100;

/** Waits until the relay has taken all notes into the audit. */
async function untilNoted(store: BreakGlassStore, waitMs: number): Promise<boolean> {
  const endMs = performance.now() + waitMs;
  while (store.notes().length > 0) {
    if (performance.now() >= endMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
}
