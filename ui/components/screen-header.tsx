import type { ReactNode } from 'react';

/** Title of a screen with one line below it and, at the right, what can be done with the whole. */
export function ScreenHeader({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {children !== undefined && <p className="text-mute">{children}</p>}
      </div>
      {actions}
    </header>
  );
}
