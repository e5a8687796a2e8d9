import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { AccessError } from '../../shared/errors.ts';
import type { AdministratorRecord } from '../acts/act-table.ts';
import type { Operator } from '../acts/operator.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { namesIn } from '../audit/personal-fields.ts';
import type { Person } from '../identity/person-key.ts';
import { endErasure } from './end-erasure.ts';
import type { PersonToErase } from './erased-person.ts';
import { openRequests } from './erase-from-grants.ts';
import { stillInForce } from './erase-sign-ins.ts';
import { type KeyEraser, type KeyHolder, openKeyEraser } from './key-eraser.ts';
import { recordsFromBefore } from './records-from-before.ts';

/** What is asked. With an issuer `who` is a subject, and the person need not have a key any more. */
export interface Erasure {
  readonly dataDir: string;
  readonly who: string;
  readonly issuer?: string | undefined;
  readonly reason: string;
  readonly operator: Operator;
  /** Who asks, of the provider’s people; nobody erases themselves. Null for users of the relay’s machine. */
  readonly by?: Person | null;
}

/** What was done, and what is left of the person. */
export type ErasureResult =
  | { readonly status: 'ambiguous'; readonly people: readonly KeyHolder[] }
  | {
      readonly status: 'erased';
      /** What the person is called in the audit and in reports from now on. */
      readonly alias: string;
      readonly hadKey: boolean;
      readonly sessions: number;
      readonly requests: number;
      readonly usageRows: number;
      /** Records that are older than `audit.erasable`: how many, and the number of the last. */
      readonly before: { readonly count: number; readonly lastSeq: number };
      /** Ids of locks on the person that are in force, and so stay. */
      readonly locks: readonly string[];
      /** Until when a revocation of the person’s sign-ins stays; null for none. */
      readonly revocationUntilMs: number | null;
      /** Files that were in use, so that bytes of what was deleted may be left in them. */
      readonly notOverwritten: readonly string[];
      /** Whether the record of the act is in the audit by now. */
      readonly isRecorded: boolean;
      /** Relays that share the storage and have yet to take the person out of their folders. */
      readonly waitingRelays: readonly string[];
    };

/**
 * Throws a person's key away and takes the person out of all else that the data folder keeps, so that nobody can read who
 * it was; counts, and the audit's tree, stay as they are. The act is durable together with the loss of the key.
 * @throws AccessError `bad-input` when nobody is called so, the person is at work, or the reason names them
 */
export async function erasePerson(asked: Erasure): Promise<ErasureResult> {
  const { dataDir, who, issuer } = asked;
  const files = auditFiles(dataDir);
  if (!existsSync(files.keys)) throw new AccessError('bad-input', neverErasable(dataDir));
  const eraser = openKeyEraser(files.keys);
  try {
    const people = eraser.holders(who, issuer);
    if (people.length > 1) return { status: 'ambiguous', people };
    const [holder] = people;
    const { person: found, ids } = personToErase(asked, holder);
    const person = { ...found, ownNames: found.names.filter((name) => !eraser.isOfOthers(name, found)) };
    refuseWhileAtWork(asked, person);
    return await carryOut(asked, eraser, person, { ids, hadKey: holder !== undefined });
  } finally {
    eraser.close();
  }
}

function neverErasable(dataDir: string): string {
  return `There are no keys in ${dataDir}: the audit was never written with audit.erasable, and can only be cut (audit.keep_days).`;
}

function refuseWhileAtWork({ dataDir, reason }: Erasure, person: PersonToErase): void {
  const { tunnels } = stillInForce(dataDir, person, Date.now());
  refuseInUse({ reason, names: person.names, tunnels, requests: openRequests(dataDir, person) });
}

/** @throws AccessError `bad-input` when the erasure would undo itself: the reason names the person, or the person is at work */
export function refuseInUse(found: {
  readonly reason: string;
  readonly names: readonly string[];
  readonly tunnels: number;
  /** Ids of requests for access that aren’t over. */
  readonly requests: readonly string[];
}): void {
  const { reason, names, tunnels, requests } = found;
  if (namesIn(names)(reason))
    throw new AccessError('bad-input', 'The reason names the person, and would stay. Say it without the name.');
  if (tunnels > 0)
    throw new AccessError(
      'bad-input',
      'The person is connected. End that first, with relay revoke or relay locks add.',
    );
  if (requests.length > 0)
    throw new AccessError(
      'bad-input',
      `The person has requests for access that aren’t over: ${requests.join(', ')}. End them first, with relay access.`,
    );
}

/**
 * Who is to be erased: whoever the holder of the keys is, or the subject that was named.
 * @throws AccessError `policy-denied` when that is who asks
 */
export function personToErase(
  { who, issuer, by }: Pick<Erasure, 'who' | 'issuer' | 'by'>,
  holder: KeyHolder | undefined,
): { readonly person: Omit<PersonToErase, 'ownNames'>; readonly ids: readonly string[] } {
  if (holder === undefined && issuer === undefined)
    throw new AccessError(
      'bad-input',
      `Nobody called “${who}” has records that can be erased. Name the subject, with --issuer, for what else is kept.`,
    );
  const ids = holder?.ids ?? [randomBytes(9).toString('base64url')];
  const person = {
    issuer: holder?.issuer ?? issuer ?? '',
    subject: holder?.subject ?? who,
    names: [...new Set([...(holder?.names ?? []), who])],
    alias: `erased-${ids[0]}`,
  };
  if (by !== undefined && by !== null && by.issuer === person.issuer && by.subject === person.subject)
    throw new AccessError('policy-denied', 'Nobody erases themselves. Ask another owner.');
  return { person, ids };
}

/** The record of an erasure, which has the person’s alias alone. */
export function erasureRecord(
  { reason, operator }: Pick<Erasure, 'reason' | 'operator'>,
  alias: string,
  nowMs: number,
): AdministratorRecord {
  return {
    type: 'administrator',
    timeMs: nowMs,
    id: randomBytes(9).toString('base64url'),
    act: 'person-erased',
    operator,
    reason,
    person: { issuer: '', subject: alias, username: alias },
  };
}

async function carryOut(
  asked: Erasure,
  eraser: KeyEraser,
  person: PersonToErase,
  { ids, hadKey }: { readonly ids: readonly string[]; readonly hadKey: boolean },
): Promise<ErasureResult> {
  const nowMs = Date.now();
  const { dataDir } = asked;
  const { alias } = person;
  const locks = stillInForce(dataDir, person, nowMs).locks.map((lock) => lock.id);
  const before = recordsFromBefore(dataDir, person.names);
  const act = erasureRecord(asked, alias, nowMs);
  eraser.erase(ids, person, act);
  const { staysUntilMs, ...done } = await endErasure(dataDir, eraser, person, { nowMs });
  const isRecorded = await untilRecorded({
    dataDir,
    outbox: eraser.acts,
    isRecorded: () => eraser.acts.isRecorded(act.id),
  });
  return {
    status: 'erased',
    alias,
    hadKey,
    ...done,
    before,
    locks,
    revocationUntilMs: staysUntilMs,
    isRecorded,
    waitingRelays: [],
  };
}
