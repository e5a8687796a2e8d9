import { addressRange } from './address-range.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { ofRequest, signInOf } from './finding.ts';
import { TimeWindow } from './time-window.ts';

/** The last range of sessions; beyond it, the oldest are given up. */
const maxSessions = 200_000;

/** Requests of one session from two address ranges in turn: somebody who moves changes once, and stays. */
export function twoPlaces({ settings: { two_places: settings }, emit }: RuleParts): AnomalyRule {
  if (settings === 'off') return { observe: () => undefined };
  const { changes, minutes } = settings;
  const lastRange = new Map<string, string>();
  const window = new TimeWindow<string>(minutes * 60_000);
  return {
    observe(record) {
      if (record.type !== 'decision') return;
      const { remoteAddress } = record.caller;
      const sessionId = signInOf(record.caller);
      const range = addressRange(remoteAddress);
      const before = lastRange.get(sessionId);
      if (before === range) return;
      lastRange.set(sessionId, range);
      if (lastRange.size > maxSessions)
        for (const oldest of lastRange.keys()) {
          lastRange.delete(oldest);
          break;
        }
      if (before === undefined) return;
      const found = window.add(sessionId, record.timeMs, range, changes);
      if (found.length < changes) return;
      const ranges = [...new Set(found)].join(' and ');
      emit(ofRequest('two-places', record, `${found.length} changes between ${ranges} within ${minutes} min.`));
    },
  };
}
