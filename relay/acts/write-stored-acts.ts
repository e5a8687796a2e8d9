import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import { findRecord } from '../audit/find-record.ts';
import { repeatedWork } from '../storage/repeated-work.ts';
import type { Changes } from '../storage/follow-changes.ts';
import { isSameAct } from './outbox.ts';
import { actTopic, type PostgresActs } from './postgres-acts.ts';

/** How often acts are looked for that another relay has claimed and didn't write. */
const lookEveryMs = 10_000;
const forgetEveryMs = 600_000;

/**
 * Puts acts that wait in the storage into the audit of this relay, each into one relay's, at least once. What this relay
 * can't write it leaves to the others.
 */
export function writeStoredActs(options: {
  readonly acts: PostgresActs;
  readonly changes: Pick<Changes, 'follow'>;
  readonly audit: AuditLog;
  readonly dataDir: string;
  readonly log: Logger;
}): { close(): void } {
  const { acts, changes, audit, dataDir, log } = options;
  // The same after a restart, so that what was under way is taken up at once.
  const owner = hash('sha256', `${hostname()} ${dataDir}`, 'base64url');
  let isStart = true;
  let isClosed = false;
  let forgotAtMs = Date.now();

  const writing = repeatedWork(async () => {
    while (!isClosed && audit.healthy) {
      const claimed = await acts.claim(owner, isStart);
      isStart = false;
      for (const { id, record, wasClaimed } of claimed) {
        // Who had it before may have been this relay, killed before it could say that it is written.
        const isThere = wasClaimed && findRecord(dataDir, record, (found) => isSameAct(found, record));
        const failure = isThere ? null : await new Promise<Error | null>((done) => audit.append(record, done));
        if (failure === null) await acts.didRecord(id);
        else {
          log.error({ err: failure, act: id }, 'an act waits for the audit');
          await acts.release(id);
          return;
        }
      }
      if (claimed.length === 0) return;
    }
  });
  const look = (): void => {
    // The connection says by itself that the storage is away, once.
    writing.request().catch((error: unknown) => log.debug({ err: error }, 'acts are read from the storage later'));
  };
  changes.follow(actTopic, () => {
    look();
    return Promise.resolve();
  });
  const timer = setInterval(() => {
    look();
    const nowMs = Date.now();
    if (nowMs - forgotAtMs < forgetEveryMs) return;
    forgotAtMs = nowMs;
    acts.forget(nowMs).catch((error: unknown) => log.debug({ err: error }, 'recorded acts stay longer'));
  }, lookEveryMs).unref();
  return {
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
