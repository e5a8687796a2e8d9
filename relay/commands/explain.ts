import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { ApiConfig } from '../config/config-schema.ts';
import { dataFolderOf } from '../config/data-folder.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { type GrantAt, grantsAt } from '../grants/grants-at.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { type ConfigAt, configAt } from '../revisions/config-at.ts';
import type { ConsideredRule, Decision, PolicyContext, PolicySubject } from '../policy/decision.ts';
import { askPolicy, issuerNamed } from './ask-policy.ts';
import { type Lock, lockDetail } from '../sessions/lock.ts';
import { type LockedCaller, locksInForce } from '../sessions/locks-in-force.ts';
import { readLocks } from '../sessions/lock-store.ts';
import { type TokenSubject, tokenSubject } from './token-subject.ts';

export interface ExplainOptions {
  readonly configPath: string;
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
  /** Takes the rules that were in force at this time, as the data folder keeps them; the file's when left out. */
  readonly rulesAtMs?: number;
  readonly method: string;
  /** `https://<api-id>/path` or `<api-id>/path`. */
  readonly url: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** What `explain --json` writes, as one line. */
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
  readonly grants?: readonly GrantAt[];
}

/**
 * Says how the relay would decide a request and why, rule by rule, with the same function that decides. Needs only the
 * rules: certificates and secrets need not be at hand. Exit code 0 for allow, 3 for deny, 2 for bad input.
 */
export async function explain(options: ExplainOptions): Promise<number> {
  const { write } = options;
  let loaded: LoadedConfig;
  let caller: TokenSubject | undefined;
  let issuer: string | undefined;
  let past: (ConfigAt & { readonly grantsAt: (api: string) => readonly GrantAt[] }) | undefined;
  try {
    const { configPath, rulesAtMs } = options;
    if (rulesAtMs === undefined) loaded = await loadConfig(configPath, { files: 'skip' });
    else {
      const dataDir = await dataFolderOf(configPath);
      past = { ...(await configAt(dataDir, rulesAtMs)), grantsAt: (api) => grantsAt(dataDir, api, rulesAtMs) };
      loaded = past.loaded;
    }
    issuer = issuerNamed(loaded.config, options.issuer);
    if (options.token !== undefined) caller = await tokenSubject(options.token, loaded, pino({ level: 'silent' }));
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return 2;
  }
  const policy = compilePolicy(loaded.config);
  const subject = caller?.identity ?? {
    ...options.subject,
    ...(issuer === undefined ? {} : { issuer }),
    groups: options.groups,
  };
  const context = { timeMs: Date.now(), remoteAddress: '', device: null, ...options.context };
  const { method, url } = options;
  const answer = askPolicy(policy, loaded.config.apis, { subject, method, url, context });
  if (answer.status === 'unanswerable') {
    write(`${answer.detail}\n`);
    return 2;
  }
  const { api, status: _status, ...rest } = answer;
  const who = options.as ?? caller?.identity.username ?? 'Somebody';
  const person = { subject: who, username: who, providerSessionId: undefined, jkt: undefined };
  const identity = caller?.identity ?? { ...person, groups: subject.groups, issuer: issuer ?? '' };
  const locks = readLocks(loaded.config.relay.data, context.timeMs);
  const lock =
    locks === 'unreadable' ? null : lockedBy(locks, { identity, device: context.device }, api.id, context.timeMs);
  const explanation: Explanation = {
    ...rest,
    ...(lock === null ? {} : { decision: lock }),
    ...(locks === 'unreadable' ? { locks } : {}),
    api: api.id,
    groups: subject.groups,
    ...(caller === undefined ? {} : { token: { verified: caller.verified, doubt: caller.doubt } }),
    policyRevision: policy.revision,
    ...(past === undefined ? {} : { revision: shownRevision(past), grants: past.grantsAt(api.id) }),
  };
  write(options.json ? `${JSON.stringify(explanation)}\n` : inWords(explanation, api, who));
  return explanation.decision.effect === 'allow' ? 0 : 3;
}

function shownRevision({ revision: { hash, timeMs, untilMs } }: ConfigAt): NonNullable<Explanation['revision']> {
  return { hash, sinceMs: timeMs, untilMs };
}

/** From when to when the rules counted that the answer is from. */
function revisionWords({ hash, sinceMs, untilMs }: NonNullable<Explanation['revision']>): string {
  const until = untilMs === null ? 'and still is' : `until ${new Date(untilMs).toISOString()}`;
  return `By the config ${hash.slice(0, 12)}, in force from ${new Date(sinceMs).toISOString()} ${until}.`;
}

/** The denial of a lock in force at the relay of this folder; it stands before all rules. */
function lockedBy(known: readonly Lock[], caller: LockedCaller, api: string, timeMs: number): Decision | null {
  const locks = locksInForce(() => timeMs);
  locks.put(known);
  const lock = locks.of(caller, api);
  return lock === null ? null : { effect: 'deny', rule: `lock:${lock.id}`, reason: lockDetail(lock), unlockedBy: [] };
}

/** Who else could do more then than the groups say. */
function grantWords(grants: readonly GrantAt[]): readonly string[] {
  if (grants.length === 0) return [];
  return [
    'Grants that counted at this API then:',
    ...grants.map(({ id, username, role, approvedBy, untilMs }) =>
      shownText(`  ${username}: ${role}, approved by ${approvedBy}, until ${new Date(untilMs).toISOString()} (${id})`),
    ),
  ];
}

function inWords(explanation: Explanation, api: ApiConfig, who: string): string {
  const { decision, considered, groups, method, path, token, revision } = explanation;
  const holding = groups.length === 0 ? 'without groups' : `with the groups ${groups.join(', ')}`;
  const doubt =
    token?.verified === false
      ? [`NOT VERIFIED: the relay would not accept this token. ${token.doubt} The rest takes it at its word.`, '']
      : [];
  const lines = [
    ...doubt,
    `${who}, ${holding}: ${method} ${path ?? '(refused path)'} at ${api.name} (${api.id})`,
    '',
    `${decision.effect === 'allow' ? 'Allowed' : 'Denied'}. ${decision.reason}`,
  ];
  if (considered.length > 0) {
    lines.push('', 'Rules considered, deny rules first:');
    for (const { rule, effect, matched, because } of considered) {
      lines.push(`  ${matched ? '●' : '○'} ${effect.padEnd(5)} ${rule}: ${because}`);
    }
  } else if (path !== null) {
    lines.push('', 'The API has no rules, and no rule means no.');
  }
  lines.push('', ...changeWords(explanation, api));
  if (explanation.locks === 'unreadable')
    lines.push('', 'This user may not read the relay’s locks: the answer leaves them out.');
  if (revision !== undefined) lines.push('', revisionWords(revision), ...grantWords(explanation.grants ?? []));
  return `${lines.join('\n')}\n`;
}

function changeWords({ decision, considered, path }: Explanation, api: ApiConfig): readonly string[] {
  if (decision.rule?.startsWith('lock:') === true)
    return ['What would change it: the end of the lock. Rules come after it.'];
  if (path === null) return ['What would change it: send the path in its plain form.'];
  const held = considered
    .filter((rule) => rule.matched && rule.effect === decision.effect)
    .map((rule) => `“${rule.rule}”`);
  if (decision.effect === 'allow') {
    return [`What would change it: a deny rule for this request, or the end of ${held.join(' and ')}.`];
  }
  if (decision.stepUp !== undefined) return ['What would change it: a fresh sign-in, as the reason says.'];
  if (held.length > 0) return [`What would change it: only a change of the deny rule ${held.join(' and ')}.`];
  if (decision.unlockedBy.length > 0)
    return [`What would change it: the group ${decision.unlockedBy.join(', or the group ')}.`];
  const near = considered.filter((rule) => rule.effect === 'allow' && onlyMisses(rule.because).length > 0);
  if (near.length > 0) {
    return near.map((rule) => `What would change it, by rule “${rule.rule}”: ${onlyMisses(rule.because)}.`);
  }
  const hidden =
    api.when_locked === 'hide' ? ' The API is hidden from people without access, so they get no hint.' : '';
  return [`What would change it: an allow rule that matches this request and these groups.${hidden}`];
}

/** What keeps a rule from holding when method and path are right: what it asks of the caller or the moment. */
function onlyMisses(because: string): string {
  const misses = /^Doesn’t hold: (.*)\.$/.exec(because)?.[1] ?? '';
  const isFar = /it covers |its paths don’t match|its list of groups is empty/.test(misses);
  return isFar ? '' : misses;
}
