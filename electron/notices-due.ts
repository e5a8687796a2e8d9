import type { ShownRequest } from '../shared/access-request.ts';
import { type Cause, causeOf, passesByItself } from '../shared/cause.ts';
import { causeText } from '../shared/cause-text.ts';
import { problemInWords } from '../shared/problem-words.ts';
import type { Quota } from '../shared/catalog.ts';
import { managedValue, nothingManaged } from '../shared/managed/managed-state.ts';
import { emergencyId, isInvitation } from '../shared/emergency.ts';
import type { NoticeFacts } from '../shared/notice.ts';
import { profileLabels } from '../shared/profile-labels.ts';
import type { ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';
import { stepUpSentence } from '../shared/step-up-text.ts';

/** Something that the person is to be told of once; `id` is the same for the same thing, also after a restart. */
export interface DueNotice {
  readonly id: string;
  readonly profileId: string;
  readonly relayName: string;
  readonly facts: NoticeFacts;
}

/** What calls for a notice now, and when something else will by the passing of time alone. */
export interface DueNotices {
  readonly due: readonly DueNotice[];
  /** Milliseconds since the epoch; Infinity for nothing. */
  readonly nextAtMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** What was decided longer ago was told elsewhere, or needn’t be told any more. */
const freshMs = dayMs;
/** Limits that start anew sooner are over before anybody could read of them. */
const shortestQuotaSeconds = 3600;
const lowShare = 0.2;

/**
 * What the person should be told of, by the state alone and by the way from the state before: on whatever start, window or
 * connection it is looked at, the same thing has the same id. Pure.
 */
export function noticesDue(before: Snapshot | null, after: Snapshot, nowMs: number): DueNotices {
  const noticeMinutes = managedValue(after.managed ?? nothingManaged, 'grantEndNoticeMinutes');
  const earlier = new Map(before?.profiles.map((profile) => [profile.id, profile]));
  const labels = profileLabels(after.profiles);
  const found = after.profiles.map((profile) => {
    // A notice says which account it is about, where there are several.
    const label = labels.get(profile.id) ?? profile.relayName;
    return profileNotices(earlier.get(profile.id), profile, label, nowMs, noticeMinutes);
  });
  return {
    due: [...found.flatMap(({ due }) => due), ...appUpdateNotices(after)],
    nextAtMs: Math.min(...found.map(({ nextAtMs }) => nextAtMs)),
  };
}

/** An update that waits for the person; it is of no profile. */
function appUpdateNotices({ appUpdate }: Snapshot): readonly DueNotice[] {
  const state = appUpdate?.state;
  if (state?.status !== 'ready' && state?.status !== 'offered') return [];
  const { version } = state.offer;
  const facts = { kind: `app-update-${state.status}`, version } as const;
  return [{ id: idAt('app', `update-${state.status} ${version}`), profileId: '', relayName: '', facts }];
}

/** Id of the notice that a grant was ended early. */
export function revokedNoticeId(profileId: string, request: string): string {
  return idAt(profileId, `revoked ${request}`);
}

function idAt(profileId: string, id: string): string {
  return `${profileId} ${id}`;
}

/**
 * How long before a grant ends that is told: long enough to finish, and not as soon as it was given; `minutes` where IT
 * has set them.
 */
export function grantWarningMs(hours: number, minutes?: number): number {
  if (minutes !== undefined) return Math.min(minutes * minuteMs, (hours * hourMs) / 2);
  return Math.min(30 * minuteMs, (hours * hourMs) / 4);
}

function profileNotices(
  before: ProfileSnapshot | undefined,
  after: ProfileSnapshot,
  relayName: string,
  nowMs: number,
  noticeMinutes: number | undefined,
): DueNotices {
  const { id: profileId } = after;
  const due: DueNotice[] = [];
  let nextAtMs = Number.POSITIVE_INFINITY;
  const tell = (id: string, facts: NoticeFacts): void => {
    due.push({ id: idAt(profileId, id), profileId, relayName, facts });
  };
  const tellFrom = (atMs: number, id: string, facts: NoticeFacts): void => {
    if (nowMs >= atMs) tell(id, facts);
    else nextAtMs = Math.min(nextAtMs, atMs);
  };

  for (const [id, facts] of causeNotices(before, after, nowMs)) tell(id, facts);
  const { signIn } = after;
  if (signIn.status !== 'signed-in') return { due, nextAtMs };
  if (signIn.ends !== undefined && nowMs < signIn.ends.atMs) {
    const { atMs, warnAtMs } = signIn.ends;
    tellFrom(warnAtMs, `sign-in-ending ${atMs}`, { kind: 'sign-in-ending', endsAtMs: atMs });
  }
  for (const { id, name, system, address } of after.newDevices ?? []) {
    tell(`new-device ${id}`, { kind: 'new-device', name, system, address });
  }
  for (const emergency of after.emergencies ?? []) {
    const { account, atMs } = emergency;
    tell(
      `emergency-sign-in ${emergencyId(emergency)}`,
      isInvitation(emergency)
        ? { kind: 'emergency-invitation', account, by: emergency.by, invitedAtMs: atMs }
        : { kind: 'emergency-sign-in', account, signedInAtMs: atMs },
    );
  }
  for (const [id, facts] of changes(before, after, nowMs)) tell(id, facts);
  for (const [id, facts] of quotaNotices(after)) tell(id, facts);
  for (const request of after.requests?.requests ?? []) {
    for (const [id, facts] of requestNotices(after, request, nowMs)) tell(id, facts);
    const { status, mine, expiresAtMs, hours } = request;
    if (!mine || status !== 'approved' || expiresAtMs === null || expiresAtMs <= nowMs) continue;
    const facts = {
      kind: 'grant-ending',
      request: request.id,
      ...where(after, request),
      endsAtMs: expiresAtMs,
    } as const;
    tellFrom(expiresAtMs - grantWarningMs(hours, noticeMinutes), `grant-ending ${request.id}`, facts);
  }
  if (after.update !== undefined) {
    const { recommendedVersion: version, howToUpdate } = after.update;
    tell(`update ${version}`, { kind: 'update-recommended', version, howToUpdate: howToUpdate ?? null });
  }
  return { due, nextAtMs };
}

type Told = readonly [string, NoticeFacts];

/** Why requests don't pass any more, where a person has to do something about it, and renewals that fail meanwhile. */
function* causeNotices(before: ProfileSnapshot | undefined, after: ProfileSnapshot, nowMs: number): Generator<Told> {
  const { signIn } = after;
  const cause = before === undefined ? null : newCause(before, after);
  if (cause !== null) {
    const { title, detail, hint } = causeText(cause);
    const facts = { title, detail: cause.code === 'session-revoked' ? detail : hint };
    if (cause.code === 'client-too-old')
      yield [`update-required ${cause.detail}`, { kind: 'update-required', ...facts }];
    else
      yield [`${cause.code} ${nowMs}`, { kind: signIn.status === 'expired' ? 'sign-in-ended' : 'trouble', ...facts }];
    return;
  }
  if (signIn.status !== 'signed-in' || signIn.renewalProblem === null) return;
  if (before?.signIn.status === 'signed-in' && before.signIn.renewalProblem !== null) return;
  const { title, hint } = problemInWords(signIn.renewalProblem);
  yield [`sign-in-failing ${signIn.expiresAtMs}`, { kind: 'sign-in-failing', title, detail: hint }];
}

/** A cause that only a person can do something about, when it is another one than before. */
function newCause(before: ProfileSnapshot, after: ProfileSnapshot): Cause | null {
  const cause = causeOf(after);
  // Signing out, or in, is the person's own doing.
  if (cause === null || cause.detail === null || passesByItself(cause)) return null;
  if (after.signIn.status === 'expired' && before.signIn.status !== 'signed-in') return null;
  return causeOf(before)?.code === cause.code ? null : cause;
}

/** What is news only beside the state before. */
function* changes(before: ProfileSnapshot | undefined, after: ProfileSnapshot, nowMs: number): Generator<Told> {
  if (after.tunnel.status === 'open' && after.tunnel.draining === true) {
    yield [`draining ${after.tunnel.sessionId}`, { kind: 'relay-draining' }];
  }
  if (before === undefined) return;
  const { stepUp } = after;
  if (stepUp?.status === 'asked' && !before.stepUp) {
    const { api, need } = stepUp;
    const apiName = api === null ? null : nameOf(after, api);
    const reason = stepUpSentence(need, apiName ?? '');
    yield [`step-up ${nowMs}`, { kind: 'step-up', api, apiName, reason }];
  }
  if (before.catalog.status !== 'ready' || after.catalog.status !== 'ready') return;
  const knownLocks = new Set(before.catalog.catalog.apis.flatMap(({ id, lock }) => (lock === undefined ? [] : [id])));
  const [first, ...more] = after.catalog.catalog.apis.filter(
    ({ id, lock }) => lock !== undefined && !knownLocks.has(id) && after.connections[id]?.status === 'on',
  );
  if (first === undefined) return;
  const facts = { api: first.id, apiName: first.name, more: more.length, reason: first.lock?.reason ?? null };
  yield [`api-locked ${first.id} ${nowMs}`, { kind: 'api-locked', ...facts }];
}

/** Of one API only the longest limit that is gone, or nearly so. */
function* quotaNotices({ catalog }: ProfileSnapshot): Generator<Told> {
  if (catalog.status !== 'ready') return;
  for (const { id: api, name: apiName, quotas = [] } of catalog.catalog.apis) {
    const long = quotas.filter(({ windowSeconds }) => windowSeconds >= shortestQuotaSeconds);
    const found = long.findLast(isLow);
    if (found === undefined) continue;
    const { left, limit, resetsAtMs } = found;
    const kind = left === 0 ? 'quota-gone' : 'quota-low';
    yield [`${kind} ${api} ${found.name} ${windowOf(found)}`, { kind, api, apiName, left, limit, resetsAtMs }];
  }
}

function isLow({ left, limit }: Quota): boolean {
  return left <= limit * lowShare;
}

/** The window by its end, which is told anew each time, a little earlier or later. */
function windowOf({ resetsAtMs, windowSeconds }: Quota): number {
  return Math.round(resetsAtMs / (windowSeconds * 500));
}

function* requestNotices(profile: ProfileSnapshot, request: ShownRequest, nowMs: number): Generator<Told> {
  const { id, status, requester, reason, decidable, mine, decidedBy, decidedAtMs, expiresAtMs, note = '' } = request;
  const place = { request: id, ...where(profile, request) };
  if (decidable) yield [`decide ${id}`, { kind: 'request-to-decide', ...place, by: requester, reason }];
  if (!mine || decidedAtMs === null) return;
  const decided = { ...place, by: decidedBy ?? '', note, ...ownNote(request), endsAtMs: expiresAtMs };
  const isFresh = (atMs: number | null): boolean => atMs !== null && nowMs - atMs < freshMs;
  if (status === 'approved' && isFresh(decidedAtMs)) yield [`approved ${id}`, { kind: 'request-approved', ...decided }];
  if (status === 'refused' && isFresh(decidedAtMs)) yield [`refused ${id}`, { kind: 'request-refused', ...decided }];
  if (status === 'revoked' && isFresh(expiresAtMs)) yield [`revoked ${id}`, { kind: 'grant-revoked', ...decided }];
  if (status === 'expired' && isFresh(expiresAtMs))
    yield [`ended ${id}`, { kind: 'grant-ended', ...place, endsAtMs: expiresAtMs ?? nowMs }];
}

function ownNote({ noteReasons }: ShownRequest): Pick<ShownRequest, 'noteReasons'> {
  return noteReasons === undefined ? {} : { noteReasons };
}

function where(
  profile: ProfileSnapshot,
  { api, role }: ShownRequest,
): { readonly api: string | null; readonly apiName: string | null; readonly role: string } {
  return { api, apiName: api === null ? null : nameOf(profile, api), role };
}

function nameOf({ catalog }: ProfileSnapshot, api: string): string {
  const apis = catalog.status === 'ready' ? catalog.catalog.apis : [];
  return apis.find(({ id }) => id === api)?.name ?? api;
}
