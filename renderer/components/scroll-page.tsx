import type { ReactNode } from 'react';

/** A screen that scrolls as a whole, in a column that stays readable on wide windows. */
export function ScrollPage({ children }: { children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard (WCAG 2.1.1)
    <div
      tabIndex={0}
      role="region"
      aria-label="Content"
      className="min-w-0 flex-1 overflow-y-auto px-[22px] pt-5 pb-8 -outline-offset-2"
    >
      <div className="mx-auto max-w-3xl">{children}</div>
    </div>
  );
}
