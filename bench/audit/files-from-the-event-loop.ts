import { auditLine } from '../../relay/audit/audit-line.ts';
import type { AuditLog } from '../../relay/audit/audit-record.ts';
import type { AuditLogOptions, RecordTaker } from '../../relay/audit/create-audit-log.ts';
import { createAuditLog as openFollower } from './files-from-a-thread.ts';
import { openSegment } from './record-segment.ts';

const outcomeDelayMs = 25;
const followEveryMs = 25;

/** The audit with a file that the event loop writes through Node's thread pool, and the table that a thread keeps up to date. */
export async function createAuditLog(options: AuditLogOptions): Promise<AuditLog & RecordTaker> {
  const follower = await openFollower(options, false);
  const segment = openSegment(options.dataDir);
  let lines: string[] = [];
  let dones: ((error: Error | null) => void)[] = [];
  let written: string[] = [];
  let isWriting = false;
  let isDue = false;
  let outcomes: NodeJS.Timeout | undefined;
  let following: NodeJS.Timeout | undefined;

  const follow = (): void => {
    following = undefined;
    const text = written.join('\n');
    written = [];
    follower.appendLines(text, (error) => {
      if (error !== null) throw error;
    });
  };
  const flush = (): void => {
    if (isWriting) return;
    isDue = false;
    if (lines.length === 0) return;
    const text = lines.join('\n');
    const told = dones;
    [lines, dones] = [[], []];
    clearTimeout(outcomes);
    outcomes = undefined;
    isWriting = true;
    segment.appendSoon(text, (error) => {
      isWriting = false;
      for (const done of told) done(error);
      written.push(text);
      following ??= setTimeout(follow, followEveryMs);
      // What came meanwhile has waited long enough, unless it is outcomes alone.
      if (isDue) flush();
    });
  };
  const flushOutcomes = (): void => {
    isDue = true;
    flush();
  };
  const add = (line: string, canWait: boolean, done: (error: Error | null) => void): void => {
    lines.push(line);
    dones.push(done);
    if (canWait) {
      outcomes ??= setTimeout(flushOutcomes, outcomeDelayMs);
      return;
    }
    if (isDue) return;
    isDue = true;
    if (!isWriting) setImmediate(flush);
  };
  return {
    append: (record, done) => add(auditLine(record), record.type === 'outcome', done),
    appendLines: (text, done) => add(text, false, done),
    get healthy() {
      return follower.healthy;
    },
    async close() {
      while (isWriting || lines.length > 0) {
        flush();
        await new Promise(setImmediate);
      }
      clearTimeout(following);
      if (written.length > 0) follow();
      await follower.close();
      segment.close();
    },
  };
}
