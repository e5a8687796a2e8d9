import { formatCount, formatDuration } from '../../../ui/model/format.ts';
import type { Overview } from '../../api/admin-api.ts';
import { Chart } from '../../chart/chart.tsx';
import { daySummary, latestOf, perMinute } from './day-numbers.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const duration = (value: number): string => (value === 0 ? '0' : formatDuration(value));
const rate = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });

/** The last day in charts: tunnels, requests, denials and failures, how long answers took. */
export function LastDay({ series, day, now }: Pick<Overview, 'series' | 'day' | 'now'>) {
  const timesMs = series.map(({ untilMs }) => untilMs);
  const hours = day?.hours ?? [];
  const { requests, denied } = daySummary(hours);
  const p95 = latestOf(series.map(({ p95Ms }) => p95Ms));
  return (
    <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
      <Chart
        title="Requests by hour"
        shape="bars"
        timesMs={hours.map(({ hour }) => Date.parse(hour))}
        // The taller bar stands behind: what isn’t covered by denials was allowed.
        series={[
          { name: 'Requests', colour: 'accent', values: hours.map((hour) => hour.requests) },
          { name: 'Denied', colour: 'bad', values: hours.map((hour) => hour.denied) },
        ]}
        format={whole}
        summary={
          day === null
            ? 'They can’t be read now'
            : `${formatCount(requests, 'request', 'requests')}, ${denied.toLocaleString('en')} denied${day.relays > 1 ? `, ${day.relays} relays` : ''}`
        }
      />
      <Chart
        title="Open tunnels"
        timesMs={timesMs}
        series={[{ name: 'Tunnels', colour: 'accent', values: series.map(({ tunnels }) => tunnels) }]}
        format={whole}
        summary={`${formatCount(now.tunnels, 'tunnel', 'tunnels')} and ${formatCount(now.streams, 'request', 'requests')} in flight now`}
      />
      <Chart
        title="Requests per minute"
        timesMs={timesMs}
        series={[
          { name: 'Requests', colour: 'accent', values: series.map((point) => perMinute(point, point.requests)) },
          { name: 'Denied', colour: 'bad', values: series.map((point) => perMinute(point, point.denied)) },
          { name: 'Failed', colour: 'warning', values: series.map((point) => perMinute(point, point.failed)) },
        ]}
        format={rate}
        summary={
          series.length === 0
            ? 'Nothing yet'
            : `${rate(perMinute(series.at(-1), series.at(-1)?.requests))} a minute last`
        }
      />
      <Chart
        title="Time to answer"
        timesMs={timesMs}
        series={[
          { name: 'Half are faster', colour: 'ok', values: series.map(({ p50Ms }) => p50Ms) },
          { name: '95 % are faster', colour: 'warning', values: series.map(({ p95Ms }) => p95Ms) },
        ]}
        format={duration}
        summary={p95 === null ? 'No request yet' : `95 % within ${formatDuration(p95)} last`}
      />
    </div>
  );
}
