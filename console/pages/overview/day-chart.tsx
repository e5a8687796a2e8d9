import { SkeletonList } from '../../../ui/components/skeleton.tsx';
import { formatCount } from '../../../ui/model/format.ts';
import { useReading } from '../../api/use-reading.ts';
import { Chart } from '../../chart/chart.tsx';
import { hoursOf } from './hours.ts';

const lookEveryMs = 60_000;
const lastDay = { report: 'usage', by: 'hour', since: '24h' } as const;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Requests of the last day by hour, allowed and denied. */
export function DayChart() {
  const report = useReading('/admin/v1/reports/{report}', lastDay, { everyMs: lookEveryMs });
  if (report.status === 'loading') return <SkeletonList label="Loading the last day" rows={2} />;
  // A relay that has recorded nothing yet has nothing to show; the cause is told where it matters.
  if (report.status === 'failed') return <p className="text-sm text-mute">{report.problem.detail}</p>;
  const { timesMs, allowed, denied } = hoursOf(report.value);
  return (
    <Chart
      title="Requests, last 24 hours"
      shape="bars"
      timesMs={timesMs}
      series={[
        // The taller bar stands behind: what isn’t covered by denials was allowed.
        { name: 'Requests', colour: 'accent', values: allowed.map((value, index) => value + (denied[index] ?? 0)) },
        { name: 'Denied', colour: 'bad', values: denied },
      ]}
      format={(value) => Math.round(value).toLocaleString('en')}
      summary={`${formatCount(sum(allowed) + sum(denied), 'request', 'requests')}, ${sum(denied).toLocaleString('en')} denied`}
    />
  );
}
