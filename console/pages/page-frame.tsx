import type { ReactNode } from 'react';
import { Button } from '../../ui/components/button.tsx';
import { ProblemCard } from '../../ui/components/problem-card.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import type { Reading } from '../api/use-reading.ts';

export interface PageFrameProps {
  readonly title: string;
  /** One line that says what the page is for, or how much there is. */
  readonly text?: ReactNode;
  readonly actions?: ReactNode;
  /** `scroll`: the page scrolls as a whole. `fill`: a table fills what is left and scrolls by itself. */
  readonly shape: 'scroll' | 'fill';
  readonly children: ReactNode;
}

/** What all pages of the console have in common: title, one line, what can be done with the whole, and the margins. */
export function PageFrame({ title, text, actions, shape, children }: PageFrameProps) {
  const box = 'min-w-0 flex-1 px-3 pt-5 sm:px-[22px]';
  return (
    <div className={shape === 'scroll' ? `${box} overflow-y-auto pb-8` : `${box} flex flex-col pb-4`}>
      <div className={shape === 'scroll' ? 'mx-auto grid max-w-6xl grid-cols-1' : 'contents'}>
        <ScreenHeader title={title} actions={actions}>
          {text}
        </ScreenHeader>
        {children}
      </div>
    </div>
  );
}

/** What stands in the place of a table’s rows while they are read for the first time, or can’t be; null once they are there. */
export function insteadOfRows<T>(
  { reading, isOld }: { readonly reading: Reading<T>; readonly isOld: boolean },
  label: string,
  rows?: number,
): ReactNode {
  if (isOld || reading.status === 'ready') return null;
  return (
    <WhenRead reading={reading} label={label} {...(rows === undefined ? {} : { rows })}>
      {() => null}
    </WhenRead>
  );
}

/** Shows what was read: a skeleton first, a problem with “Try again” when it failed, else the value. */
export function WhenRead<T>({
  reading,
  label,
  rows = 6,
  children,
}: {
  reading: Reading<T>;
  /** What is loading, for screen readers. */
  label: string;
  rows?: number;
  children: (value: T) => ReactNode;
}) {
  if (reading.status === 'loading') return <SkeletonList label={`Loading ${label}`} rows={rows} />;
  if (reading.status === 'failed')
    return (
      <ProblemCard problem={reading.problem}>
        <Button onClick={reading.refresh}>Try again</Button>
      </ProblemCard>
    );
  return children(reading.value);
}
