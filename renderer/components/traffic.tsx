import type { ConnectionState } from '../../shared/snapshot.ts';
import { formatDuration, formatRate } from '../../ui/model/format.ts';
import { lastRequestsOf } from '../model/current-profile.ts';
import { trafficBars } from '../model/traffic.ts';
import { useApp } from '../store/app-store.ts';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { minuteMs, useNow } from '../../ui/components/use-now.ts';
import { text } from '../../shared/messages/text.ts';

const seconds = 60;
const barWidth = 5;
const height = 32;

/** Requests per second and latency right now, over a picture of the last minute. */
export function Traffic({ api, connection }: { api: string; connection: Extract<ConnectionState, { status: 'on' }> }) {
  const activity = useApp((state) => state.activity);
  const entries = activity.status === 'ready' ? activity.entries : [];
  const newestMs = lastRequestsOf(entries, api, 1)[0]?.timeMs ?? 0;
  // The picture moves while there is anything in it.
  const minute = useNow();
  const moves = connection.requestsPerSecond > 0 || minute - newestMs < 2 * minuteMs;
  const now = useNow(moves ? 1000 : minuteMs);
  const bars = trafficBars(entries, api, now, seconds);
  const top = Math.max(4, ...bars.map((bar) => bar.requests));
  const total = bars.reduce((sum, bar) => sum + bar.requests, 0);
  const denied = bars.reduce((sum, bar) => sum + bar.denied, 0);
  return (
    <PanelPart title={text('api.now')}>
      <p className="mb-1.5 flex gap-4 text-sm tabular-nums">
        <span>{formatRate(connection.requestsPerSecond) ?? text('api.now.none')}</span>
        {connection.latencyMs !== null && (
          <span className="text-mute">{text('api.latency', { latency: formatDuration(connection.latencyMs) })}</span>
        )}
        <span className="text-mute">{text('api.in-flight', { count: connection.openStreams })}</span>
      </p>
      <svg
        role="img"
        aria-label={text('api.last-minute', { total, denied })}
        viewBox={`0 0 ${seconds * barWidth} ${height}`}
        preserveAspectRatio="none"
        className="h-8 w-full border-b border-line"
      >
        {bars.map((bar, index) => {
          const full = (bar.requests / top) * height;
          const bad = (bar.denied / top) * height;
          return (
            <g key={bars.length - index}>
              <rect
                className="fill-accent"
                x={index * barWidth}
                width={barWidth - 1}
                y={height - full}
                height={full - bad}
              />
              <rect className="fill-bad" x={index * barWidth} width={barWidth - 1} y={height - bad} height={bad} />
            </g>
          );
        })}
      </svg>
      <p aria-hidden className="mt-1 flex justify-between text-xs text-faint">
        <span>{text('api.minute-ago')}</span>
        {denied > 0 && (
          <span className="flex items-center gap-1.5">
            <span className="size-2 rounded-[2px] bg-bad" /> {text('activity.decision.deny')}
          </span>
        )}
        <span>{text('api.chart-now')}</span>
      </p>
    </PanelPart>
  );
}
