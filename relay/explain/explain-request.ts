import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { ApiConfig } from '../config/config-schema.ts';
import { dataFolderOf } from '../config/data-folder.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { type GrantAt, grantsAt } from '../grants/grants-at.ts';
import { type TokenSubject, tokenSubject } from '../identity/token-subject.ts';
import { askPolicy, issuerNamed } from '../policy/ask-policy.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { ConsideredRule, Decision, PolicyContext, PolicySubject } from '../policy/decision.ts';
import { type ConfigAt, configAt, type ElsewhereKept } from '../revisions/config-at.ts';
import { type Lock, lockDetail } from '../sessions/lock.ts';
import { readLocks } from '../sessions/lock-store.ts';
import { type LockedCaller, locksInForce } from '../sessions/locks-in-force.ts';

/** A request that somebody may send, or might have sent. */
export interface RequestToExplain {
  readonly groups: readonly string[];
  /** Whom the answer speaks of; only for the words. */
  readonly as?: string;
  /** What else is known of the caller, for rules that ask for it. */
  readonly subject?: Omit<PolicySubject, 'groups' | 'issuer'>;
  /** Name of the issuer that the caller signed in at; default the first one. */
  readonly issuer?: string;
  /** A token that says who the caller is; then `groups`, `subject` and `issuer` are not looked at. */
  readonly token?: string;
  /** When and from where; now and from nowhere known when left out. */
  readonly context?: Partial<PolicyContext>;
  readonly method: string;
  /** `https://<api-id>/path` or `<api-id>/path`. */
  readonly url: string;
}

/** The rules that a request is explained by. */
export interface RulesInForce {
  readonly loaded: LoadedConfig;
  /** Only for a time in the past. */
  readonly past?: ConfigAt & { readonly atMs: number };
}

/** What else than rules a decision depends on, as a relay keeps it. */
export interface KeptState {
  /** Locks as they were at a time; `unreadable` when this user can't read them. */
  locksAt(timeMs: number): Promise<readonly Lock[] | 'unreadable'>;
  /** Grants that counted at an API at a time, oldest first; `unreadable` when this user can't read them. */
  grantsAt(api: string, timeMs: number): Promise<readonly GrantAt[] | 'unreadable'>;
}

/** What the data folder of a relay keeps. */
export function keptInFolder(dataDir: string): KeptState {
  return {
    locksAt: (timeMs) => Promise.resolve(readLocks(dataDir, timeMs)),
    grantsAt: (api, timeMs) => Promise.resolve(grantsAt(dataDir, api, timeMs)),
  };
}

/** How a request is decided, and why. */
export interface Explanation {
  readonly api: string;
  readonly method: string;
  /** Canonical path, or null when the path is refused before policy. */
  readonly path: string | null;
  readonly groups: readonly string[];
  /** Only with a token: whether the relay would accept it. */
  readonly token?: { readonly verified: boolean; readonly doubt: string };
  readonly decision: Decision;
  /** Only where this user may not read the relay’s locks: the decision leaves them out. */
  readonly locks?: 'unreadable';
  readonly considered: readonly ConsideredRule[];
  readonly policyRevision: string;
  /** Only for a time in the past: the config that was in force then, from when on, and until when. */
  readonly revision?: { readonly hash: string; readonly sinceMs: number; readonly untilMs: number | null };
  /** Only for a time in the past: grants that counted at this API then, whoever they were of. */
  readonly grants?: readonly GrantAt[] | 'unreadable';
}

/** An explanation with what its words need. */
export interface ExplainedRequest {
  readonly explanation: Explanation;
  readonly api: ApiConfig;
  readonly who: string;
}

/**
 * The rules of a config file, or those that were in force at a time, as its data folder or the storage of its relays keeps them. Reads no certificate
 * and no secret. With a data folder, the file isn't read, and what it keeps as of now counts without a time.
 * @throws AccessError `bad-config`, `bad-input` when what was in force then isn't known
 */
export async function rulesInForce(
  configPath: string,
  atMs: number | undefined,
  openElsewhere?: () => Promise<ElsewhereKept | undefined>,
  givenDataDir?: string,
): Promise<RulesInForce> {
  if (givenDataDir !== undefined) {
    const timeMs = atMs ?? Date.now();
    const found = await configAt(givenDataDir, timeMs);
    return { loaded: found.loaded, past: { ...found, atMs: timeMs } };
  }
  if (atMs === undefined) return { loaded: await loadConfig(configPath, { files: 'skip' }) };
  const dataDir = await dataFolderOf(configPath);
  const elsewhere = await openElsewhere?.();
  try {
    const found = await configAt(dataDir, atMs, elsewhere);
    return { loaded: found.loaded, past: { ...found, atMs } };
  } finally {
    elsewhere?.store.close();
  }
}

/**
 * Says how the relay would decide a request and why, rule by rule, with the same function that decides.
 * @param kept what is in force besides the rules; the data folder's when left out
 * @throws AccessError `bad-input` for what can't be asked, `token-rejected` for a token that can't be read
 */
export async function explainRequest(
  { loaded, past }: RulesInForce,
  request: RequestToExplain,
  kept: KeptState = keptInFolder(loaded.config.relay.data),
): Promise<ExplainedRequest> {
  const issuer = issuerNamed(loaded.config, request.issuer);
  const caller: TokenSubject | undefined =
    request.token === undefined ? undefined : await tokenSubject(request.token, loaded, pino({ level: 'silent' }));
  const policy = compilePolicy(loaded.config);
  const subject = caller?.identity ?? {
    ...request.subject,
    ...(issuer === undefined ? {} : { issuer }),
    groups: request.groups,
  };
  const context = { timeMs: Date.now(), remoteAddress: '', device: null, ...request.context };
  const { method, url } = request;
  const answer = askPolicy(policy, loaded.config.apis, { subject, method, url, context });
  if (answer.status === 'unanswerable') throw new AccessError('bad-input', answer.detail);
  const { api, status: _status, ...rest } = answer;
  const who = request.as ?? caller?.identity.username ?? 'Somebody';
  const person = { subject: who, username: who, providerSessionId: undefined, jkt: undefined };
  const identity = caller?.identity ?? { ...person, groups: subject.groups, issuer: issuer ?? '' };
  const locks = await kept.locksAt(context.timeMs);
  const lock =
    locks === 'unreadable'
      ? null
      : lockedBy(locks, { identity, device: context.device, address: context.remoteAddress }, api.id, context.timeMs);
  const explanation: Explanation = {
    ...rest,
    ...(lock === null ? {} : { decision: lock }),
    ...(locks === 'unreadable' ? { locks } : {}),
    api: api.id,
    groups: subject.groups,
    ...(caller === undefined ? {} : { token: { verified: caller.verified, doubt: caller.doubt } }),
    policyRevision: policy.revision,
    ...(past === undefined ? {} : { revision: shownRevision(past), grants: await kept.grantsAt(api.id, past.atMs) }),
  };
  return { explanation, api, who };
}

function shownRevision({ revision: { hash, timeMs, untilMs } }: ConfigAt): NonNullable<Explanation['revision']> {
  return { hash, sinceMs: timeMs, untilMs };
}

/** The denial of a lock in force at the relay of this folder; it stands before all rules. */
function lockedBy(known: readonly Lock[], caller: LockedCaller, api: string, timeMs: number): Decision | null {
  const locks = locksInForce(() => timeMs);
  locks.put(known);
  const lock = locks.of(caller, api);
  return lock === null
    ? null
    : { effect: 'deny', rule: `lock:${lock.id}`, reason: lockDetail(lock, 'full'), unlockedBy: [] };
}
