import { formatDuration } from '../../ui/model/format.ts';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { linePath, trendOf } from '../model/trend.ts';
import { useApp } from '../store/app-store.ts';
import { text } from '../../shared/messages/text.ts';

const width = 120;
const height = 20;

/** Requests, latency and errors of an API over the last hour, each as a small line with its numbers; nothing without requests. */
export function Trends({ api }: { api: string }) {
  const activity = useApp((state) => state.activity);
  const now = useNow();
  const trend = activity.status === 'ready' ? trendOf(activity.entries, api, now) : null;
  if (trend === null) return null;
  const { requests, latencyMs, errors, total, totalErrors, meanLatencyMs, longestMs } = trend;
  return (
    <PanelPart title={text('trend.title')}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5 text-sm">
        <TrendRow
          name={text('trend.requests')}
          values={requests}
          numbers={text('trend.requests.numbers', { total, most: Math.max(...requests) })}
          shown={text('trend.count', { count: total })}
        />
        {meanLatencyMs !== null && longestMs !== null && (
          <TrendRow
            name={text('trend.latency')}
            values={latencyMs}
            numbers={text('trend.latency.numbers', {
              mean: formatDuration(meanLatencyMs),
              longest: formatDuration(longestMs),
            })}
            shown={formatDuration(meanLatencyMs)}
          />
        )}
        <TrendRow
          name={text('trend.errors')}
          values={errors}
          numbers={text('trend.errors.numbers', { errors: totalErrors, total })}
          shown={text('trend.count', { count: totalErrors })}
          isBad={totalErrors > 0}
        />
      </dl>
    </PanelPart>
  );
}

function TrendRow({
  name,
  values,
  numbers,
  shown,
  isBad = false,
}: {
  name: string;
  values: readonly (number | null)[];
  numbers: string;
  shown: string;
  isBad?: boolean;
}) {
  const look = isBad ? 'stroke-bad' : 'stroke-accent';
  return (
    <>
      <dt className="text-mute">{name}</dt>
      <dd className="min-w-0">
        <svg
          role="img"
          aria-label={numbers}
          viewBox={`-1 -1 ${width + 2} ${height + 2}`}
          preserveAspectRatio="none"
          className="h-5 w-full rtl:-scale-x-100"
        >
          <path
            d={linePath(values, width, height)}
            className={`fill-none ${look} forced-colors:stroke-[CanvasText]`}
            strokeWidth={1.5}
            strokeLinecap="round"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      </dd>
      <dd className={`text-end tabular-nums ${isBad ? 'text-bad' : ''}`}>{shown}</dd>
    </>
  );
}
