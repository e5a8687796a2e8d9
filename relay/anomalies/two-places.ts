import { addressRange } from './address-range.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { ofRequest, signInOf } from './finding.ts';
import { TimeWindow } from './time-window.ts';

/** The last ranges of sessions; beyond it, the oldest are given up. */
const maxRanges = 200_000;

/**
 * Requests of one session from two address ranges in turn: somebody who moves changes once, and stays. Those of IPv4 and of IPv6 are
 * told apart: a device that has both uses now the one and now the other (RFC 8305), at one place.
 */
export function twoPlaces(parts: RuleParts): AnomalyRule {
  const { emit } = parts;
  const lastRange = new Map<string, string>();
  const window = new TimeWindow<string>();
  return {
    observe(record) {
      const { two_places: settings } = parts.settings;
      if (settings === 'off' || record.type !== 'decision') return;
      const { remoteAddress } = record.caller;
      const sessionId = signInOf(record.caller);
      const range = addressRange(remoteAddress);
      const key = `${range.includes(':') ? 'ipv6' : 'ipv4'}\n${sessionId}`;
      const before = lastRange.get(key);
      if (before === range) return;
      lastRange.set(key, range);
      if (lastRange.size > maxRanges)
        for (const oldest of lastRange.keys()) {
          lastRange.delete(oldest);
          break;
        }
      if (before === undefined) return;
      const { changes, minutes } = settings;
      const within = { lengthMs: minutes * 60_000, most: changes };
      const found = window.add(key, record.timeMs, range, within);
      if (found.length < changes) return;
      const ranges = [...new Set(found)].join(' and ');
      emit(ofRequest('two-places', record, `${found.length} changes between ${ranges} within ${minutes} min.`));
    },
  };
}
