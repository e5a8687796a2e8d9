import type { ReactNode } from 'react';

/** A name and its value, one below the other on a hair line; for pages that state facts. */
export function FactRow({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-t border-line px-4 py-2.5 first:border-t-0">
      <dt className="w-40 shrink-0 text-sm text-mute max-[600px]:w-full">{name}</dt>
      <dd className="min-w-0 flex-1 break-words max-[600px]:basis-full">{children}</dd>
    </div>
  );
}

/** A list of facts in a card. */
export function FactList({ children }: { children: ReactNode }) {
  return <dl className="overflow-hidden rounded-xl border border-line bg-panel">{children}</dl>;
}

/** Title of a part of a screen. */
export function PartTitle({ children }: { children: ReactNode }) {
  return <h2 className="mx-0.5 mb-2 text-xs font-semibold text-faint">{children}</h2>;
}
