import { AccessError } from '../../shared/errors.ts';
import { listAccessRequests } from '../administration/access-requests.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { pageOfFindings } from '../anomalies/acknowledged.ts';
import { isEmergencySignIn } from '../anomalies/break-glass.ts';
import type { Config } from '../config/config-schema.ts';
import { erasuresUnderWay } from '../erasure/go-on-erasing.ts';
import { countSome } from '../reports/count-some.ts';
import { hourOf, hourStartMs } from '../reports/count-records.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import { sinkStatus } from '../sinks/sink-status.ts';
import { sinksToLookAt } from '../sinks/sinks-to-look-at.ts';
import type { Situation } from './problems.ts';

/** Requests of one hour, of all relays that count together. */
export interface HourCount {
  /** ISO 8601: its beginning. */
  readonly hour: string;
  readonly requests: number;
  readonly denied: number;
}

/** What is read from where the relay keeps things; what can’t be read is null, with the reason in `unreadable`. */
export type KeptSituation = Pick<
  Situation,
  'accessRequestsWaiting' | 'anomaliesUnacknowledged' | 'emergencySignIns' | 'erasures' | 'sinks' | 'unreadable'
> & {
  readonly day: { readonly relays: number; readonly hours: readonly HourCount[] } | null;
};

const dayHours = 24;
const weekMs = 7 * 86_400_000;
/** More are told as so many. */
const mostCounted = 1000;

/** Looks at what waits, what was found and what was used; whatever is away, the rest is answered. */
export async function lookAtState(
  { config, counts, state }: { readonly config: Config; readonly counts: CountsPlace; readonly state: StatePlace },
  nowMs: number,
): Promise<KeptSituation> {
  let unreadable: string | null = null;
  const reading = async <Result>(read: () => Promise<Result> | Result): Promise<Result | null> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      // Without an audit there is nothing yet.
      if (error.code !== 'bad-input') unreadable ??= error.message;
      return null;
    }
  };
  const waiting = await reading(() => listAccessRequests(state, { status: 'pending' }, nowMs));
  const unacknowledged = { sinceMs: nowMs - weekMs, acknowledged: false, limit: mostCounted };
  const found = await reading(() => pageOfFindings(counts, unacknowledged));
  // Asked for by their rule: other findings, of which anybody can cause many, don’t push them out.
  const emergencies = await reading(() => pageOfFindings(counts, { ...unacknowledged, rule: 'break-glass' }));
  const sinks = await reading(() => sinkStatus(counts.dataDir, sinksToLookAt(config), nowMs));
  const erasures = await reading(() => erasuresUnderWay(counts.dataDir));
  const day = await reading(() => dayOf(counts, nowMs));
  return {
    accessRequestsWaiting: waiting?.length ?? null,
    anomaliesUnacknowledged: found?.findings.length ?? null,
    emergencySignIns: emergencies?.findings.filter(isEmergencySignIn) ?? null,
    erasures,
    sinks,
    day,
    unreadable,
  };
}

async function dayOf(counts: CountsPlace, nowMs: number): Promise<NonNullable<KeptSituation['day']>> {
  const toHour = hourOf(nowMs) + 1;
  const period = { fromHour: toHour - dayHours, toHour };
  const usage = await openCounts(counts);
  try {
    await countSome(counts.dataDir, usage);
    const totals = await usage.usage(period, ['hour', 'allowed'], {});
    const hours = Array.from({ length: dayHours }, (_, index): HourCount => {
      const hour = period.fromHour + index;
      const some = totals.filter((total) => total.hour === hour);
      const sum = (of: typeof some): number => of.reduce((total, { requests }) => total + requests, 0);
      return {
        hour: new Date(hourStartMs(hour)).toISOString(),
        requests: sum(some),
        denied: sum(some.filter(({ allowed }) => !allowed)),
      };
    });
    return { relays: (await usage.allCounted()).size, hours };
  } finally {
    await usage.close();
  }
}
