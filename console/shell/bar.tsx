import type { ReactNode } from 'react';
import { CircleAlert } from 'lucide-react';

/** A message above the page: what is wrong, and the one thing to do. */
export function Bar({
  label = 'Problem',
  title,
  text,
  children,
}: {
  readonly label?: string;
  readonly title: string;
  readonly text: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <section
      aria-label={label}
      className="appear flex min-h-11 flex-wrap items-center justify-end gap-x-2.5 gap-y-1.5 border-b border-line bg-bad-weak px-5 py-1.5"
    >
      <div className="flex min-w-0 flex-1 basis-72 items-center gap-2.5">
        <CircleAlert aria-hidden className="size-4 shrink-0 text-bad" />
        <output className="min-w-0 text-sm break-words">
          <strong className="font-semibold">{title}</strong> <span className="text-mute">{text}</span>
        </output>
      </div>
      {children}
    </section>
  );
}
