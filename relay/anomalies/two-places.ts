import { personKey } from '../identity/person-key.ts';
import { addressRange } from './address-range.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { type Decision, ofRequest, signInOf } from './finding.ts';
import { TimeWindow } from './time-window.ts';
import type { History } from './history.ts';

/** The last places of sessions; beyond it, the oldest are given up. */
const maxSessions = 200_000;
/** The last tunnels of a session that are told from new ones. */
const maxTunnels = 32;
const dayMs = 86_400_000;

/**
 * Requests of one session from two address ranges in turn: somebody who moves changes once, and stays. Those of IPv4 and of IPv6 are
 * told apart: a device that has both uses now the one and now the other (RFC 8305), at one place. Between them counts only
 * what no device does by itself, see {@link changeOfFamily}.
 */
export function twoPlaces(parts: RuleParts): AnomalyRule {
  const { emit, history } = parts;
  const lastRange = new Map<string, string>();
  const tunnels = new Map<string, TunnelsOfSession>();
  const window = new TimeWindow<readonly string[]>();
  const change = (key: string, record: Decision, places: readonly string[]): void => {
    const { two_places: settings } = parts.settings;
    if (settings === 'off') return;
    const { changes, minutes } = settings;
    const found = window.add(key, record.timeMs, places, { lengthMs: minutes * 60_000, most: changes });
    if (found.length < changes) return;
    const ranges = [...new Set(found.flat())].join(' and ');
    emit(ofRequest('two-places', record, `${found.length} changes between ${ranges} within ${minutes} min.`));
  };
  return {
    observe(record) {
      const { two_places: settings, known_days: knownDays } = parts.settings;
      if (settings === 'off' || record.type !== 'decision') return;
      const session = signInOf(record.caller);
      const range = addressRange(record.caller.remoteAddress);
      const key = `${familyOf(range)}\n${session}`;
      const before = lastRange.get(key);
      if (before !== range) {
        lastRange.set(key, range);
        keepNewest(lastRange, maxSessions);
      }
      if (before !== undefined && before !== range) change(key, record, [before, range]);
      const other = changeOfFamily(tunnels, session, { id: record.caller.sessionId, range });
      if (other !== null && isOnlyOneKnown(history, record, { ranges: [other, range], knownDays }))
        change(`both\n${session}`, record, [other, range]);
    },
  };
}

/** Where a tunnel came from last. */
interface Tunnel {
  readonly id: string;
  readonly range: string;
}

interface TunnelsOfSession {
  last: Tunnel;
  readonly seen: Set<string>;
}

/**
 * The range of the tunnel before, where a request of the other family of addresses comes over a tunnel that was there
 * earlier; else null. A client has one tunnel, and leaves it for good when it connects anew over the other family: who comes
 * back to it has never left it.
 */
function changeOfFamily(tunnels: Map<string, TunnelsOfSession>, session: string, tunnel: Tunnel): string | null {
  const known = tunnels.get(session);
  if (known === undefined) {
    // Of a sign-in that isn’t known the tunnel is the session: there is no other.
    if (session === tunnel.id) return null;
    tunnels.set(session, { last: tunnel, seen: new Set([tunnel.id]) });
    keepNewest(tunnels, maxSessions);
    return null;
  }
  const { last, seen } = known;
  if (last.id === tunnel.id && last.range === tunnel.range) return null;
  known.last = tunnel;
  const isBack = last.id !== tunnel.id && seen.has(tunnel.id);
  seen.delete(tunnel.id);
  seen.add(tunnel.id);
  keepNewest(seen, maxTunnels);
  return isBack && familyOf(last.range) !== familyOf(tunnel.range) ? last.range : null;
}

/**
 * Whether the person has come from one of two ranges since before today, and never from the other: two programs of one
 * sign-in may use a family each at one place, which is known with both of them, or as new as each other.
 */
function isOnlyOneKnown(
  history: History,
  { caller, timeMs }: Decision,
  { ranges, knownDays }: { readonly ranges: readonly string[]; readonly knownDays: number },
): boolean {
  const person = personKey(caller);
  const isOlder = (seen: { readonly firstMs: number } | undefined, days: number): boolean =>
    seen !== undefined && timeMs - seen.firstMs >= days * dayMs;
  if (!isOlder(history.find(person, 'account', ''), knownDays)) return false;
  return ranges.filter((range) => isOlder(history.find(person, 'range', range), 1)).length === 1;
}

function keepNewest<Key>(kept: Map<Key, unknown> | Set<Key>, most: number): void {
  if (kept.size <= most) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}

function familyOf(range: string): 'ipv4' | 'ipv6' {
  return range.includes(':') ? 'ipv6' : 'ipv4';
}
