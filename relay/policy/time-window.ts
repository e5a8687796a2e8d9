import { reason, type Reason } from '../../shared/reason.ts';
import type { TimeWindowConfig } from '../config/config-schema.ts';
import { listWords } from './rule-words.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const dayWords = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const;
const minuteMs = 60_000;
const minutesPerDay = 1440;

/** A window of the week in one time zone; daylight saving time is the zone's own. */
export interface TimeWindow {
  /** For example “Mon to Fri 08:00–18:00 (Europe/Berlin)”. */
  readonly words: string;
  /** The same as a part of a sentence. */
  readonly reason: () => Reason;
  holds(timeMs: number): boolean;
}

/** Compiles a window; its zone must pass `isTimeZone`. It begins at `from` and is over at `to`, which isn't in it. */
export function compileTimeWindow(window: TimeWindowConfig): TimeWindow {
  const [from, to] = [minutesOf(window.from), minutesOf(window.to)];
  const begins = new Set(window.days.map((day) => days.indexOf(day)));
  const clock = localClock(window.zone);
  return {
    words: `${weekWords(window.days)} ${window.from}–${window.to} (${window.zone})`,
    reason: () => {
      const { from: begin, to: end, zone } = window;
      return reason('if-time', { days: { and: weekReasons(window.days) }, from: begin, to: end, zone });
    },
    holds(timeMs) {
      if (!Number.isFinite(timeMs)) return false;
      const { day, minute } = clock(timeMs);
      if (from < to) return begins.has(day) && minute >= from && minute < to;
      const dayBefore = (day + 6) % 7;
      return (begins.has(day) && minute >= from) || (begins.has(dayBefore) && minute < to);
    },
  };
}

/** Weekday and minute of the day in a zone. Zones differ by whole minutes, so one answer serves a whole minute. */
function localClock(zone: string): LocalClock {
  const present = clocks.get(zone);
  if (present !== undefined) return present;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let known = Number.NaN;
  let answer = { day: 0, minute: 0 };
  const clock: LocalClock = (timeMs) => {
    const instant = Math.floor(timeMs / minuteMs);
    if (instant !== known) {
      const parts = new Map(format.formatToParts(instant * minuteMs).map(({ type, value }) => [type, value]));
      const day = days.findIndex((name) => name === parts.get('weekday')?.toLowerCase());
      answer = { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
      known = instant;
    }
    return answer;
  };
  clocks.set(zone, clock);
  return clock;
}

type LocalClock = (timeMs: number) => { readonly day: number; readonly minute: number };

/** One for each zone of the configs so far: making one costs as much as thousands of decisions. */
const clocks = new Map<string, LocalClock>();

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return Math.min((hours ?? 0) * 60 + (minutes ?? 0), minutesPerDay);
}

function weekWords(named: TimeWindowConfig['days']): string {
  const { kind, wanted } = weekOf(named);
  const names = wanted.map((day) => dayWords[day]);
  if (kind === 'all') return 'daily';
  if (kind === 'none') return 'never';
  return kind === 'run' ? `${names[0]} to ${names.at(-1)}` : listWords(names);
}

function weekReasons(named: TimeWindowConfig['days']): readonly Reason[] {
  const { kind, wanted } = weekOf(named);
  const names = wanted.map((day) => reason(`day-${day}`));
  if (kind === 'all' || kind === 'none') return [reason(`days-${kind}`)];
  if (kind === 'some') return names;
  return [reason('days-run', { first: { and: names.slice(0, 1) }, last: { and: names.slice(-1) } })];
}

/** The days in the order of the week, and whether they are said as “from … to …”. */
function weekOf(named: TimeWindowConfig['days']): {
  readonly kind: 'all' | 'none' | 'run' | 'some';
  readonly wanted: readonly (keyof typeof dayWords)[];
} {
  const order = Object.keys(dayWords) as (keyof typeof dayWords)[];
  const wanted = order.filter((day) => named.includes(day));
  const [first, last] = [wanted[0], wanted.at(-1)];
  if (wanted.length === 7) return { kind: 'all', wanted };
  if (first === undefined || last === undefined) return { kind: 'none', wanted };
  const isRun = order.indexOf(last) - order.indexOf(first) === wanted.length - 1;
  return { kind: isRun && wanted.length > 2 ? 'run' : 'some', wanted };
}
