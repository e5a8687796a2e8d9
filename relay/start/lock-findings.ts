import type { Logger } from 'pino';
import { backoffMs } from '../../shared/backoff.ts';
import { lockFinding, lockMinutesOf } from '../administration/lock-finding.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Finding } from '../anomalies/finding.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';

const retries = { firstMs: 500, longestMs: 30_000, jitter: 0.3 };

/** Locks the people and addresses of findings, where the rules say so. */
export interface FindingLocks {
  /** Locks now or, when the storage can't take it, once it can. */
  lock(finding: Finding, settings: AnomaliesConfig): void;
  /** Doesn't try any more. */
  close(): void;
}

/** A disk or storage that is busy for a moment must not let somebody off who is to be locked: it is tried until the lock's end. */
export function lockFindings(
  place: StatePlace,
  log: Logger,
  spared: () => readonly string[],
  lock = lockFinding,
): FindingLocks {
  const waiting = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const attempt = async (finding: Finding, settings: AnomaliesConfig, foundAtMs: number, failures: number) => {
    try {
      await lock(place, settings, finding, foundAtMs, spared());
    } catch (error) {
      const untilMs = foundAtMs + (lockMinutesOf(settings, finding) ?? 0) * 60_000;
      const delayMs = backoffMs(failures, retries);
      const isOver = isClosed || Date.now() + delayMs >= untilMs;
      const next = isOver ? 'it won’t be tried again' : 'it is tried again soon';
      log.error({ err: error, finding: finding.id }, `who or what a finding is about can’t be locked; ${next}`);
      if (isOver) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        void attempt(finding, settings, foundAtMs, failures + 1);
      }, delayMs).unref();
      waiting.add(timer);
    }
  };

  return {
    lock: (finding, settings) => void attempt(finding, settings, Date.now(), 0),
    close() {
      isClosed = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
