import type { ChartSeries } from './chart.tsx';

/** Colours as a canvas takes them. */
export interface PlotColours {
  readonly series: Readonly<Record<ChartSeries['colour'], string>>;
  readonly line: string;
  readonly mute: string;
  readonly font: string;
}

/** What the tokens come to at an element now: by theme, or as the system forces them. */
export function plotColours(element: HTMLElement): PlotColours {
  // One for each colour: what changes its colour may be on its way there (transitions) when it is asked.
  const resolved = (name: string): string => {
    const probe = document.createElement('span');
    probe.style.color = `var(--color-${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const { fontFamily } = getComputedStyle(element);
  return {
    series: { accent: resolved('accent'), ok: resolved('ok'), warning: resolved('warning'), bad: resolved('bad') },
    line: resolved('line'),
    mute: resolved('mute'),
    font: `11px ${fontFamily}`,
  };
}
