import { pino } from 'pino';
import { openForReading } from '../audit/query-audit.ts';
import { AccessError } from '../../shared/errors.ts';
import { createRevocations } from '../identity/revocations.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';

export interface RevokeCommandOptions {
  readonly dataDir: string;
  /** Where relays share revocations; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** User name or subject. */
  readonly who: string;
  /** With an issuer `who` is a subject, and nobody has to have been here. */
  readonly issuer?: string | undefined;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/**
 * Ends all sign-ins of a person: open tunnels within a second or two, and no relay takes a token from before. Exit code 0;
 * 2 when it isn't clear who is meant; 1 when Redis can't be reached.
 */
export async function revokeCommand(options: RevokeCommandOptions): Promise<number> {
  const { who, issuer, write, now = Date.now } = options;
  try {
    const people = issuer === undefined ? peopleInAudit(options) : [{ issuer, subject: who, username: who }];
    const [person, ...others] = people;
    if (person === undefined) {
      write(`Nobody called “${who}” is in this relay’s audit. Name the subject, with --issuer.\n`);
      return 2;
    }
    if (others.length > 0) {
      write(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
      for (const { issuer: at, subject } of people) write(`  ${subject} --issuer ${at}\n`);
      return 2;
    }
    const nowMs = now();
    await writeMarks(options, person, nowMs);
    write(
      `${person.username} (${person.subject} at ${person.issuer}) is signed out: tokens from before ` +
        `${new Date(nowMs).toISOString()} are refused. A new sign-in is the identity provider’s decision.\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'shared-state-unavailable') throw error;
    write(`${error.message}\n`);
    return 1;
  }
}

function peopleInAudit({ dataDir, who }: RevokeCommandOptions): readonly Person[] {
  const database = openForReading(dataDir);
  try {
    return database
      .prepare(
        `SELECT payload ->> '$.caller.issuer' AS issuer, payload ->> '$.caller.subject' AS subject,
         max(payload ->> '$.caller.username') AS username FROM audit WHERE payload ->> '$.type' = 'session'
         AND (payload ->> '$.caller.username' = ? OR payload ->> '$.caller.subject' = ?) GROUP BY 1, 2`,
      )
      .all(who, who)
      .map((row) => ({
        issuer: String(row['issuer']),
        subject: String(row['subject']),
        username: String(row['username']),
      }));
  } finally {
    database.close();
  }
}

async function writeMarks(
  { dataDir, redis: settings }: RevokeCommandOptions,
  { issuer, subject }: Person,
  nowMs: number,
): Promise<void> {
  const marks = createRevocations({ now: () => nowMs }).mark({ issuer, subject }, 'administrator');
  if (settings === undefined) {
    const file = openRevocationFile(dataDir);
    try {
      file.write(marks);
    } finally {
      file.close();
    }
    return;
  }
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
