import { breakGlassGroup, breakGlassPath } from '../../config/break-glass-issuer.ts';
import { isAdminCaller, usernameOfActor } from '../admin-caller.ts';
import type { AuditRecord } from '../audit-record.ts';

/** What records are looked up by. `status` is of the outcome; `path` stands for each of a path's beginnings. */
export const searchFields = [
  'user',
  'group',
  'api',
  'method',
  'path',
  'effect',
  'rule',
  'code',
  'status',
  'session',
  'device',
  'address',
  'grant',
  'type',
  'request',
] as const;
export type SearchField = (typeof searchFields)[number];

type Outcome = Extract<AuditRecord, { type: 'outcome' }>;

/** Every field that a record of any type may have, as far as it is searched. */
interface Searched {
  readonly type: string;
  readonly event?: string;
  readonly requestId?: string;
  readonly caller?: PersonFields & {
    readonly groups: readonly string[];
    readonly sessionId: string;
    readonly signIn?: string | undefined;
    readonly device: string;
    readonly remoteAddress: string;
  };
  readonly requester?: PersonFields;
  readonly claimed?: (PersonFields & { readonly issuer?: string }) | null;
  readonly api?: string | null;
  readonly method?: string;
  readonly path?: string;
  readonly effect?: string;
  readonly rule?: string | null;
  readonly code?: string | null | undefined;
  readonly remoteAddress?: string;
  readonly grant?: string | undefined;
  readonly by?: string;
  readonly person?: PersonFields | null;
  readonly operator?: string | { readonly user: string; readonly sudoUser: string | null };
}
interface PersonFields {
  readonly subject: string;
  readonly username?: string;
}

/** Deeper beginnings of a path are found by the deepest of these and then compared. */
export const indexedPathDepth = 4;

/** Calls `take` with all that a record is found by, apart from what its outcome adds. A value may come twice. */
export function termsOf(record: AuditRecord, take: (field: SearchField, value: string) => void): void {
  const searched: Searched = record;
  const takeIf = (field: SearchField, value: string | null | undefined): void => {
    if (value !== undefined && value !== null && value !== '') take(field, value);
  };
  take('type', searched.type);
  takeIf('request', searched.requestId);
  const { caller } = searched;
  if (caller !== undefined) {
    for (const group of caller.groups) take('group', group);
    takeIf('session', caller.sessionId);
    takeIf('session', caller.signIn);
    takeIf('device', caller.device);
    // As sessions and locks call it, without its system.
    takeIf('device', caller.device.slice(0, Math.max(0, caller.device.lastIndexOf(', '))));
    takeIf('address', caller.remoteAddress);
  }
  for (const person of [caller, searched.requester, searched.claimed, searched.person]) {
    takeIf('user', person?.username);
    if (person?.subject !== person?.username) takeIf('user', person?.subject);
  }
  const { operator } = searched;
  for (const actor of [searched.by, typeof operator === 'string' ? operator : operator?.user]) {
    takeIf('user', actor);
    // What a person does by the admin API is theirs, too.
    if (actor !== undefined && isAdminCaller(actor)) take('user', usernameOfActor(actor));
  }
  // Sign-ins of the relay’s own accounts have the group in their requests; what led to them is found by it, too.
  if (isOfBreakGlass(searched)) take('group', breakGlassGroup);
  takeIf('user', typeof operator === 'string' ? null : operator?.sudoUser);
  takeIf('address', searched.remoteAddress);
  takeIf('api', searched.api);
  takeIf('method', searched.method);
  takeIf('effect', searched.effect);
  takeIf('rule', searched.rule);
  takeIf('code', searched.code);
  takeIf('grant', searched.grant);
  if (searched.rule?.startsWith('grant:') === true) take('grant', searched.rule.slice('grant:'.length));
  if (searched.path !== undefined) for (const beginning of beginningsOf(searched.path)) take('path', beginning);
}

function isOfBreakGlass({ type, event, rule, claimed }: Searched): boolean {
  if (type === 'relay') return event?.startsWith('break-glass-') === true;
  if (type === 'anomaly') return rule === 'break-glass';
  return type === 'authentication-refused' && claimed?.issuer?.endsWith(breakGlassPath) === true;
}

/** What a decision is found by because of how it ended: code, status, and the hundred that the status is in. */
export function termsOfOutcome(
  { status, code }: Pick<Outcome, 'status' | 'code'>,
  take: (field: OutcomeField, value: string) => void,
): void {
  if (code !== undefined) take('code', code);
  if (status === null) return;
  take('status', String(status));
  take('status', `${Math.floor(status / 100)}xx`);
}

/** Fields that a decision has from its outcome. */
export type OutcomeField = 'status' | 'code';

/** `/v1/orders/17` begins with `/v1`, `/v1/orders` and itself; no more than {@link indexedPathDepth} of them. */
export function beginningsOf(path: string): readonly string[] {
  const found: string[] = [];
  let end = path.indexOf('/', 1);
  while (end !== -1 && found.length < indexedPathDepth) {
    found.push(path.slice(0, end));
    end = path.indexOf('/', end + 1);
  }
  if (found.length < indexedPathDepth && !path.endsWith('/')) found.push(path);
  return found;
}

/** Whether a path is the given one or stands below it. */
export function isBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/';
}
