import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** What a screen shows when there is nothing to show: why, and what to do about it. */
export function EmptyState({
  icon: Icon,
  title,
  text,
  children,
}: {
  icon: LucideIcon;
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-1 px-6 py-16 text-center">
      <span className="mb-3 grid size-12 place-items-center rounded-2xl bg-side text-faint">
        <Icon aria-hidden className="size-6" />
      </span>
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="text-mute">{text}</p>
      {children !== undefined && <div className="mt-4 flex gap-2">{children}</div>}
    </div>
  );
}
