import type { ReactNode } from 'react';

/** A screen that scrolls as a whole, in a column that stays readable on wide windows. */
export function ScrollPage({ children }: { children: ReactNode }) {
  return (
    <div data-scroller className="min-w-0 flex-1 overflow-y-auto px-[22px] pt-5 pb-8 has-[[data-floats]]:scroll-pt-16">
      <div className="mx-auto max-w-3xl">{children}</div>
    </div>
  );
}

/** What scrolls when something inside such a screen comes into view. */
export function scrollerOf(inside: Element | null): HTMLElement | null {
  return inside?.closest<HTMLElement>('[data-scroller]') ?? null;
}
