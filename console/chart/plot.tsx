import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useMedia } from '../../ui/components/use-media.ts';
import { useTheme } from '../store/theme.ts';
import { useWidth } from '../table/use-width.ts';
import type { ChartProps } from './chart.tsx';
import { plotColours } from './plot-colours.ts';

const heightPx = 128;

/** The picture of a chart, in the colours of the page; it follows width, colours and values. */
export function Plot({ timesMs, series, format, shape = 'line' }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const theme = useTheme((state) => state.theme);
  const isDark = useMedia('(prefers-color-scheme: dark)');
  const isForced = useMedia('(forced-colors: active)');
  const latest = useRef({ timesMs, series });
  const plot = useRef<uPlot | null>(null);
  const shapeOf = `${shape} ${series.map(({ name, colour }) => `${name}:${colour}`).join(' ')}`;

  useEffect(() => {
    latest.current = { timesMs, series };
    plot.current?.setData(dataOf(timesMs, series));
  }, [timesMs, series]);

  useEffect(() => {
    const { current: element } = holder;
    if (element === null || width === 0) return undefined;
    const colours = plotColours(element);
    const axis = {
      stroke: colours.mute,
      grid: { stroke: colours.line, width: 1 },
      ticks: { show: false },
      font: colours.font,
    };
    const bars = uPlot.paths.bars?.({ size: [0.7, 24], gap: 1 });
    const opened = new uPlot(
      {
        width,
        height: heightPx,
        padding: [6, 18, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 } },
        scales: {
          ...(shape === 'bars' ? { x: { range: aroundBars } } : {}),
          y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 26, space: 70, values: (_plot, times) => times.map(clockOf) },
          { ...axis, size: 58, space: 24, values: (_plot, values) => values.map((value) => format(value)) },
        ],
        series: [
          {},
          ...latest.current.series.map(({ name, colour }, index) => ({
            label: name,
            stroke: colours.series[colour],
            // Forced colours are few: lines differ by their dashes, too.
            ...(isForced && index > 0 && shape === 'line' ? { dash: [3 * index, 3] } : {}),
            ...(shape === 'bars'
              ? {
                  // The first one is an outline then, the next within it is filled.
                  ...(isForced && index === 0 ? {} : { fill: colours.series[colour] }),
                  ...(bars === undefined ? {} : { paths: bars }),
                }
              : {}),
            width: shape === 'bars' ? (isForced ? 1 : 0) : 1.5,
            points: { show: false },
          })),
        ],
      },
      dataOf(latest.current.timesMs, latest.current.series),
      element,
    );
    plot.current = opened;
    return () => {
      plot.current = null;
      opened.destroy();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- `format` is as stable as the chart’s shape; colours follow the theme
  }, [width, theme, isDark, isForced, shapeOf]);

  return <div ref={holder} className="h-full min-w-0" />;
}

function dataOf(timesMs: ChartProps['timesMs'], series: ChartProps['series']): uPlot.AlignedData {
  return [timesMs.map((timeMs) => timeMs / 1000), ...series.map(({ values }) => [...values])];
}

function clockOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** Half a step more on both sides, so that the first and the last bar are whole. */
function aroundBars({ data: [times = []] }: uPlot, min: number, max: number): [number, number] {
  const halfStep = ((times[1] ?? 0) - (times[0] ?? 0)) / 2;
  return [min - halfStep, max + halfStep];
}
