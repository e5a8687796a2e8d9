import { lazy, Suspense, useId } from 'react';
import { useMedia } from '../../ui/components/use-media.ts';
import { formatAbsolute } from '../../ui/model/format.ts';

/** One line or area of a chart. */
export interface ChartSeries {
  readonly name: string;
  readonly colour: 'accent' | 'ok' | 'warning' | 'bad';
  /** One value for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Milliseconds since the epoch, rising. */
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** What it amounts to, in words: read first by screen readers, and shown beside the title. */
  readonly summary: string;
  readonly shape?: 'line' | 'bars';
}

const Plot = lazy(() => import('./plot.tsx').then(({ Plot: Loaded }) => ({ default: Loaded })));

/** Values over time: a picture for the eye, and the same numbers as a table for everyone else. */
export function Chart(props: ChartProps) {
  const { title, timesMs, series, format, summary, shape = 'line' } = props;
  const id = useId();
  const isForced = useMedia('(forced-colors: active)');
  return (
    <figure aria-labelledby={id} className="min-w-0 rounded-xl border border-line bg-panel p-3.5">
      <figcaption id={id} className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="text-sm font-semibold">{title}</span>
        <span className="text-sm text-mute tabular-nums">{summary}</span>
      </figcaption>
      <div aria-hidden className="h-32">
        <Suspense fallback={null}>
          <Plot {...props} />
        </Suspense>
      </div>
      <div className="mt-1.5 flex flex-wrap items-start justify-between gap-x-4 gap-y-1 text-xs text-mute">
        <ul aria-hidden className="flex flex-wrap gap-x-3 gap-y-0.5">
          {series.map(({ name, colour }, index) => (
            <li key={name} className="flex items-center gap-1.5">
              {!isForced && <span className={`size-2 rounded-[2px] ${marks[colour]}`} />}
              {name}
              {isForced && ` (${shapeWords(shape, index)})`}
            </li>
          ))}
        </ul>
        <details className="min-w-0">
          <summary className="rounded hover:text-text">Numbers</summary>
          <section
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by keyboard
            tabIndex={0}
            aria-label={`Numbers of ${title}`}
            className="mt-1 max-h-48 overflow-auto"
          >
            <table className="w-full text-start tabular-nums">
              <thead>
                <tr>
                  <th scope="col" className="pe-4 text-start font-semibold">
                    Time
                  </th>
                  {series.map(({ name }) => (
                    <th key={name} scope="col" className="pe-4 text-end font-semibold">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {timesMs.map((timeMs, index) => (
                  <tr key={timeMs}>
                    <th scope="row" className="pe-4 text-start font-normal whitespace-nowrap">
                      {formatAbsolute(timeMs)}
                    </th>
                    {series.map(({ name, values }) => {
                      const value = values[index] ?? null;
                      return (
                        <td key={name} className="pe-4 text-end">
                          {value === null ? '–' : format(value)}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </details>
      </div>
    </figure>
  );
}

const marks: Readonly<Record<ChartSeries['colour'], string>> = {
  accent: 'bg-accent',
  ok: 'bg-ok',
  warning: 'bg-warning',
  bad: 'bg-bad',
};

/** How a series is told from the others without colours. */
function shapeWords(shape: 'line' | 'bars', index: number): string {
  if (shape === 'bars') return index === 0 ? 'outline' : 'filled';
  return ['line', 'dashes', 'long dashes'][index] ?? 'longer dashes';
}
