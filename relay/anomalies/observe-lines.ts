import type { AuditRecord } from '../audit/audit-record.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { createDetector } from './detector.ts';
import { type Found, signInOf } from './finding.ts';
import type { History } from './history.ts';
import { allowedRequest, UsualRequests } from './usual-requests.ts';

/** A record that was looked at, and what is found with it. */
export interface Observed {
  readonly record: AuditRecord;
  readonly found: readonly Found[];
}

/** Looks at records as they are stored. */
export interface LineDetector {
  /** Null for a line that tells nothing: nearly all of them, and not worth parsing. */
  observe(line: string): Observed | null;
  /** As {@link Detector.observeAgain}. */
  observeAgain(line: string): readonly Found[];
  /** As {@link Detector.told}. */
  told(found: Found): void;
  /** As {@link Detector.replace}. */
  replace(settings: AnomaliesConfig): void;
}

type Observe = (record: AuditRecord) => readonly Found[];

/** The same findings as of a detector that is given each record. */
export function createLineDetector(settings: AnomaliesConfig, history: History): LineDetector {
  const detector = createDetector(settings, history);
  let usual = new UsualRequests();
  const observe: Observe = (record) => detector.observe(record);
  const observeAgain: Observe = (record) => detector.observeAgain(record);
  const look = (line: string, observeOne: Observe): Observed | null => {
    const ended = plainlyEnded(line);
    if (ended !== null) {
      detector.ended(ended);
      return null;
    }
    const request = allowedRequest(line);
    if (request !== null && usual.isUsual(request)) {
      detector.observeUsual(request.requestId, line);
      return null;
    }
    const record = JSON.parse(line) as AuditRecord;
    const found = observeOne(record);
    if (record.type !== 'decision') return { record, found };
    if (request === null) usual.didObserveOther(signInOf(record.caller));
    else usual.didObserve(request, signInOf(record.caller), detector.wasQuiet);
    return { record, found };
  };
  return {
    observe: (line) => look(line, observe),
    observeAgain: (line) => look(line, observeAgain)?.found ?? [],
    told: (found) => detector.told(found),
    replace(next) {
      detector.replace(next);
      // What told the rules nothing so far may tell them something now.
      usual = new UsualRequests();
    },
  };
}

const outcomeStart = '{"type":"outcome","requestId":"';

/** The id of a request whose end no rule looks at; null for all other records. */
function plainlyEnded(line: string): string | null {
  if (!line.startsWith(outcomeStart) || /"status":4(?:04|10),/.test(line)) return null;
  return line.slice(outcomeStart.length, line.indexOf('"', outcomeStart.length));
}
