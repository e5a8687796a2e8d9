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
  /**
   * Looks at a record that was looked at before, for what the rules count. What it answers isn't new, and counts as told
   * only where {@link Detector.told} says so.
   */
  observeAgain(record: AuditRecord): readonly Found[];
  /** Notes what was told: it isn't found again before the quiet time is over. */
  told(found: Found): void;
  /** Other thresholds from the next record on. What was counted, and told, stays. */
  replace(settings: AnomaliesConfig): void;
  /** The last record that was looked at told no rule anything, not even what is told already. */
  readonly wasQuiet: boolean;
  /** Instead of a decision like those before it. */
  observeUsual(requestId: string, line: string): void;
  /** Instead of an outcome that no rule looks at. */
  ended(requestId: string): void;
}

const minuteMs = 60_000;
/** Beyond it, what may be told again is forgotten. */
const mostTold = 10_000;

/** Puts the rules of a config together. */
export function createDetector(first: AnomaliesConfig, history: History): Detector {
  let settings = first;
  let found: Found[] = [];
  let wasQuiet = true;
  let isAgain = false;
  const toldAtMs = new Map<string, number>();
  const told = ({ timeMs, ...one }: Found): void => {
    if (toldAtMs.size > mostTold) for (const [old, atMs] of toldAtMs) if (!isQuiet(timeMs, atMs)) toldAtMs.delete(old);
    const key = keyOf(one);
    const before = toldAtMs.get(key);
    toldAtMs.set(key, isQuiet(timeMs, before) ? Math.max(timeMs, before) : timeMs);
  };
  const quietMs = (): number => settings.quiet_minutes * minuteMs;
  /** In both directions: what was told while a clock was ahead lies beyond, and would else be the last for good. */
  const isQuiet = (timeMs: number, toldMs: number | undefined): toldMs is number =>
    toldMs !== undefined && Math.abs(timeMs - toldMs) < quietMs();
  const emit: Emit = (one) => {
    wasQuiet = false;
    if (isQuiet(one.timeMs, toldAtMs.get(keyOf(one)))) return;
    if (!isAgain) told(one);
    found.push(one);
  };
  const parts: RuleParts = {
    get settings() {
      return settings;
    },
    history,
    emit,
  };
  const rules = [denialBurst, pathScan, unfamiliar, twoPlaces, refusedSignIns, breakGlass].map((create) =>
    create(parts),
  );
  const look = (record: AuditRecord): readonly Found[] => {
    if (found.length > 0) found = [];
    wasQuiet = true;
    for (const rule of rules) rule.observe(record);
    // After the rules: for them, what a request brings is new.
    if (record.type === 'decision') remember(history, record);
    return found;
  };
  return {
    observe: look,
    observeAgain(record) {
      isAgain = true;
      try {
        return look(record);
      } finally {
        isAgain = false;
      }
    },
    told,
    replace(next) {
      settings = next;
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

/** Once told, the same is told again only after a while. */
function keyOf({ rule, person, remoteAddress, api }: Omit<Found, 'timeMs'>): string {
  const about = person === null ? networkOf(remoteAddress) : personKey(person);
  return `${rule}\n${about}\n${rule === 'first-use-of-api' ? api : ''}`;
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
