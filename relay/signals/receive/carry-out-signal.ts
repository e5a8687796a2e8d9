import { hash } from 'node:crypto';
import { addLock, listLocks, removeLock } from '../../administration/locks.ts';
import { openLocks } from '../../administration/open-locks.ts';
import { revokeSignIns } from '../../administration/revoke-person.ts';
import type { StatePlace } from '../../administration/state-place.ts';
import type { Revocation } from '../../identity/revocations.ts';
import type { LockTarget } from '../../sessions/lock.ts';
import { isOnPerson } from '../../sessions/locks-in-force.ts';
import type { SeenPerson } from '../../sessions/search-sessions.ts';
import type { SignalPlan } from '../plan-signals.ts';

/** A plan that somebody is to feel. */
export type SignalAct = Extract<SignalPlan, { type: 'act' }>;

export interface CarryOutOptions {
  readonly place: StatePlace;
  /** Name of the transmitter. */
  readonly name: string;
  /** `iss` of the provider’s people. */
  readonly issuer: string;
  /** How long locks last; until they are taken away when undefined. */
  readonly lockMs: number | undefined;
}

interface Person {
  readonly subject: string;
  readonly username: string;
}

/** Who acts, as records name it. */
export function signalAuthor(name: string): string {
  return `${name} (shared signals)`;
}

/**
 * Ends sign-ins, locks or unlocks, as operators do, with the transmitter as the one who did it. What was done already under
 * this `id` isn’t done again. False when nobody is meant who was ever here, and nothing could be done.
 * @throws AccessError `shared-state-unavailable`
 */
export async function carryOutSignal(
  act: SignalAct,
  id: string,
  options: CarryOutOptions,
  nowMs: number,
): Promise<boolean> {
  switch (act.action) {
    case 'revoke':
      return revoke(act, options, nowMs);
    case 'lock':
      await lock(act, id, options, nowMs);
      return true;
    case 'unlock':
      return unlock(act, options, nowMs);
  }
}

async function revoke(act: SignalAct, options: CarryOutOptions, nowMs: number): Promise<boolean> {
  const { place, name, issuer } = options;
  const people = await peopleMeant(act, options);
  const revocations = revocationsOf(act, people, issuer);
  const operator = { user: signalAuthor(name), sudoUser: null };
  const [known] = people;
  for (const revocation of revocations) {
    const subject = 'subject' in revocation ? revocation.subject : (known?.subject ?? '');
    const username = people.find((person) => person.subject === subject)?.username ?? subject;
    const person = { issuer, subject, username };
    const { asOfMs, why: reason } = act;
    const { untold } = await revokeSignIns(
      place,
      { revocation, by: 'provider', person, operator, reason, asOfMs },
      nowMs,
    );
    // Other relays have to know before the transmitter is told that it is done.
    if (untold !== null) throw untold;
  }
  return revocations.length > 0;
}

/** A session that is named ends alone; all else ends all of the person’s sign-ins. */
function revocationsOf({ kind, subject }: SignalAct, people: readonly Person[], issuer: string): readonly Revocation[] {
  const { session, tokenId } = subject;
  if (tokenId !== null) return [{ issuer, tokenId }];
  if (session !== null && kind === 'session_revoked') return [{ issuer, sid: session, unnamedOf: people[0]?.subject }];
  return people.map((person) => ({ issuer, subject: person.subject }));
}

async function lock(act: SignalAct, id: string, options: CarryOutOptions, nowMs: number): Promise<void> {
  const { place, name, issuer, lockMs } = options;
  const people = await peopleMeant(act, options);
  const names = people.length > 0 ? people.map(({ subject }) => subject) : [act.subject.username ?? ''];
  for (const [index, who] of names.filter((each) => each !== '').entries()) {
    const target: LockTarget = { type: 'person', who: who.slice(0, 500), issuer };
    const made = hash('sha256', `${id} ${index}`, 'base64url').slice(0, 16);
    const by = {
      author: signalAuthor(name),
      reason: lockWords[act.kind] ?? act.why,
      untilMs: lockMs === undefined ? null : nowMs + lockMs,
      id: `s${made.replaceAll('-', '_')}`,
    };
    const { untold } = await addLock(place, target, by, nowMs);
    if (untold !== null) throw untold;
  }
  await revoke({ ...act, subject: { ...act.subject, session: null } }, options, nowMs);
}

/** People who are locked read the reason: what the provider told administrators is in the record of the revocation alone. */
const lockWords: Readonly<Partial<Record<SignalAct['kind'], string>>> = {
  account_disabled: 'The sign-in service has disabled this account.',
  account_purged: 'The sign-in service has deleted this account.',
  session_revoked: 'The sign-in service has ended this person’s sessions.',
  credential_change: 'The sign-in service has changed this person’s credentials.',
};

async function unlock(act: SignalAct, options: CarryOutOptions, nowMs: number): Promise<boolean> {
  const { place, name, issuer } = options;
  const people = await peopleMeant(act, options);
  const locks = await listLocks(place, { all: false }, nowMs);
  const meant = locks.filter(
    ({ author, target }) =>
      author === signalAuthor(name) && isMeant(target, { people, username: act.subject.username, issuer }),
  );
  for (const { id } of meant) await removeLock(place, id, { author: signalAuthor(name), reason: act.why }, nowMs);
  return meant.length > 0;
}

function isMeant(
  target: LockTarget,
  { people, username, issuer }: { people: readonly Person[]; username: string | null; issuer: string },
): boolean {
  const named = username === null ? [] : [{ subject: username, username }];
  return [...people, ...named].some((person) => isOnPerson(target, { ...person, issuer }));
}

/** People that the subject means: by their subject, or, by user name, those who were here. */
async function peopleMeant(
  { subject: { subject, username } }: SignalAct,
  { place, issuer }: CarryOutOptions,
): Promise<readonly Person[]> {
  const who = subject ?? username;
  if (who === null) return [];
  const seen = (await peopleCalled(place, who)).filter((person) => person.issuer === issuer);
  if (subject !== null) {
    const known = seen.find((person) => person.subject === subject);
    return [{ subject, username: known?.username ?? subject }];
  }
  return seen.filter((person) => isOnPerson({ type: 'person', who, issuer }, person));
}

const mostPeople = 100;

async function peopleCalled(place: StatePlace, text: string): Promise<readonly SeenPerson[]> {
  const opened = await openLocks(place);
  try {
    return (await opened.sessions.people({ text, cursor: null, limit: mostPeople })).items;
  } finally {
    await opened.close();
  }
}
