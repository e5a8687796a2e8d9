import type { AuditRecord } from '../audit/audit-record.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { addressRange } from './address-range.ts';
import type { Decision, Emit, Found } from './finding.ts';
import type { History } from './history.ts';
import { networkOf } from '../config/values/address-network.ts';
import { personKey } from '../identity/person-key.ts';
import type { RuleParts } from './rule.ts';
import { breakGlass } from './break-glass.ts';
import { denialBurst } from './denial-burst.ts';
import { pathScan } from './path-scan.ts';
import { refusedSignIns } from './refused-sign-ins.ts';
import { twoPlaces } from './two-places.ts';
import { unfamiliar } from './unfamiliar.ts';

/** The same records and history make the same findings: no clock, no file. */
export interface Detector {
  /** Looks at the next record and answers what is found with it. */
  observe(record: AuditRecord): readonly Found[];
  /** The last record that was looked at told no rule anything, not even what is told already. */
  readonly wasQuiet: boolean;
  /** Instead of a decision like those before it. */
  observeUsual(requestId: string, line: string): void;
  /** Instead of an outcome that no rule looks at. */
  ended(requestId: string): void;
}

const minuteMs = 60_000;

/** Puts the rules of a config together. */
export function createDetector(settings: AnomaliesConfig, history: History): Detector {
  let found: Found[] = [];
  let wasQuiet = true;
  const quietUntil = new Map<string, number>();
  const emit: Emit = (one) => {
    wasQuiet = false;
    const { rule, person, remoteAddress, api, timeMs } = one;
    const about = person === null ? networkOf(remoteAddress) : personKey(person);
    const key = `${rule}\n${about}\n${rule === 'first-use-of-api' ? api : ''}`;
    if ((quietUntil.get(key) ?? 0) > timeMs) return;
    if (quietUntil.size > 10_000)
      for (const [old, untilMs] of quietUntil) if (untilMs <= timeMs) quietUntil.delete(old);
    quietUntil.set(key, timeMs + settings.quiet_minutes * minuteMs);
    found.push(one);
  };
  const parts: RuleParts = { settings, history, emit };
  const rules = [denialBurst, pathScan, unfamiliar, twoPlaces, refusedSignIns, breakGlass].map((create) =>
    create(parts),
  );
  return {
    observe(record) {
      if (found.length > 0) found = [];
      wasQuiet = true;
      for (const rule of rules) rule.observe(record);
      // After the rules: for them, what a request brings is new.
      if (record.type === 'decision') remember(history, record);
      return found;
    },
    get wasQuiet() {
      return wasQuiet;
    },
    observeUsual(requestId, line) {
      for (const rule of rules) rule.observeUsual?.(requestId, line);
    },
    ended(requestId) {
      for (const rule of rules) rule.ended?.(requestId);
    },
  };
}

function remember(history: History, { caller, timeMs, api, effect }: Decision): void {
  const person = personKey(caller);
  const range = addressRange(caller.remoteAddress);
  history.see(person, 'account', '', timeMs);
  history.see(person, 'device', caller.device, timeMs);
  history.see(person, 'range', range, timeMs);
  history.see('', 'range', range, timeMs);
  if (effect === 'deny') return;
  history.see(person, 'api', api, timeMs);
  history.see('', 'api', api, timeMs);
}
