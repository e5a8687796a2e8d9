/** Grey rows in the shape of a list, shown when loading takes longer than 200 ms. */
export function SkeletonList({ rows = 5, label }: { rows?: number; label: string }) {
  return (
    <div className="appear-late overflow-hidden rounded-xl border border-line bg-panel">
      <output className="sr-only">{label}</output>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-[62px] items-center gap-3 border-t border-line px-3.5 first:border-t-0">
          <span className="size-[34px] rounded-[9px] bg-line" />
          <span className="grid flex-1 gap-2">
            <span className="h-3 w-40 rounded bg-line" />
            <span className="h-3 w-64 max-w-full rounded bg-line" />
          </span>
          <span className="h-5 w-9 rounded-full bg-line" />
        </div>
      ))}
    </div>
  );
}
