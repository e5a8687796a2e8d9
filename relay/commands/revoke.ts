import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { personKey } from '../identity/person-key.ts';
import type { AdministratorRecord } from '../acts/act-table.ts';
import { currentOperator, readReason } from '../acts/operator.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { untilTaken } from '../acts/until-taken.ts';
import { openAuditReader } from '../audit/reading/audit-reader.ts';
import { AccessError } from '../../shared/errors.ts';
import { createRevocations, type RevocationMark } from '../identity/revocations.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { waitsWords } from './access.ts';
import type { StoredStores } from '../stored/open-stores.ts';

export interface RevokeCommandOptions {
  readonly dataDir: string;
  /** Where relays share revocations; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** Where relays keep revocations together. */
  readonly storage?: PostgresSettings | undefined;
  /** User name or subject. */
  readonly who: string;
  /** With an issuer `who` is a subject, and nobody has to have been here. */
  readonly issuer?: string | undefined;
  /** Why; it is recorded with who did it. */
  readonly reason: string;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/**
 * Ends all sign-ins of a person: open tunnels within a second or two, and no relay takes a token from before. Who did
 * it and why is durable together with it, and goes into the audit of this relay. Exit code 0; 2 when it isn't clear who is
 * meant or why; 1 when Redis, or the storage, can't be reached.
 */
export async function revokeCommand(options: RevokeCommandOptions): Promise<number> {
  const { who, issuer, storage, write, now = Date.now } = options;
  let stores: StoredStores | undefined;
  try {
    const reason = readReason(options.reason);
    // Only where it is needed: loading it takes as long as all the rest.
    if (storage !== undefined) stores = await (await import('../stored/open-stores.ts')).openStores(storage);
    const people =
      issuer === undefined ? await peopleNamed(options, stores) : [{ issuer, subject: who, username: who }];
    const [person, ...others] = people;
    if (person === undefined) {
      const where = stores === undefined ? 'in this relay’s audit' : 'among the sessions of these relays';
      write(`Nobody called “${who}” is ${where}. Name the subject, with --issuer.\n`);
      return 2;
    }
    if (others.length > 0) {
      write(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
      for (const { issuer: at, subject } of people) write(`  ${subject} --issuer ${at}\n`);
      return 2;
    }
    const nowMs = now();
    const isRecorded = await carryOut(options, stores, person, reason, nowMs);
    write(
      `${person.username} (${person.subject} at ${person.issuer}) is signed out: tokens from before ` +
        `${new Date(nowMs).toISOString()} are refused. A new sign-in is the identity provider’s decision.\n`,
    );
    if (!isRecorded) write(waitsWords(storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    if (error.code !== 'shared-state-unavailable') {
      write(`${error.message}\n`);
      return 2;
    }
    const outcome =
      storage === undefined
        ? 'A relay that runs on this data folder refuses the person, and tells the others once it can.'
        : 'Do it again once the storage is back.';
    write(`${error.message} ${outcome}\n`);
    return 1;
  } finally {
    await stores?.close();
  }
}

/** People of this name or subject whom the relays know. */
async function peopleNamed(
  options: RevokeCommandOptions,
  stores: StoredStores | undefined,
): Promise<readonly Person[]> {
  if (stores === undefined) return peopleInAudit(options);
  const { who } = options;
  const people = new Map<string, Person>();
  for (const { issuer, subject, username } of await stores.sessions.list()) {
    if (username === who || subject === who) people.set(personKey({ issuer, subject }), { issuer, subject, username });
  }
  return [...people.values()];
}

function peopleInAudit({ dataDir, who }: RevokeCommandOptions): readonly Person[] {
  const reader = openAuditReader(dataDir);
  try {
    const people = new Map<string, Person>();
    for (const { record } of reader.newestFirst({ user: who, type: 'session' })) {
      if (record.type !== 'session') continue;
      const { issuer, subject, username } = record.caller;
      const key = personKey({ issuer, subject });
      if (!people.has(key)) people.set(key, { issuer, subject, username });
    }
    return [...people.values()];
  } finally {
    reader.close();
  }
}

/** Revokes, and waits for the record; whether it is in the audit now. */
async function carryOut(
  { dataDir, redis }: RevokeCommandOptions,
  stores: StoredStores | undefined,
  person: Person,
  reason: string,
  nowMs: number,
): Promise<boolean> {
  const { issuer, subject } = person;
  const marks = createRevocations({ now: () => nowMs }).mark({ issuer, subject }, 'administrator');
  const record: AdministratorRecord = {
    type: 'administrator',
    timeMs: nowMs,
    id: randomBytes(9).toString('base64url'),
    act: 'sign-ins-revoked',
    operator: currentOperator(),
    reason,
    person,
  };
  if (stores !== undefined) {
    await stores.revocations.write(marks, record);
    return untilTaken(stores.acts, (waiting) => waiting.type === 'administrator' && waiting.id === record.id);
  }
  const file = openRevocationFile(dataDir);
  try {
    // Here first, also with Redis: whatever happens to this process, what is recorded is in force, and the other way round.
    file.write(marks, record);
    const isRecorded = (): boolean => file.acts.isRecorded(record.id);
    const recorded = untilRecorded({ dataDir, outbox: file.acts, isRecorded });
    const [inAudit, shared] = await Promise.allSettled([
      recorded,
      redis === undefined ? null : share(redis, marks, nowMs),
    ]);
    if (shared.status === 'rejected') throw shared.reason;
    if (inAudit.status === 'rejected') throw inAudit.reason;
    return inAudit.value;
  } finally {
    file.close();
  }
}

async function share(settings: RedisSettings, marks: readonly RevocationMark[], nowMs: number): Promise<void> {
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { revokeThrough } = await import('../identity/shared-revocations.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    await revokeThrough(redis, marks, nowMs);
  } finally {
    redis.close();
  }
}
