import { lockSpans } from './lock-target.ts';

/** How long a lock is to last. */
export function LockSpan({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label className="grid gap-1 text-sm font-medium">
      How long
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-9 rounded-[9px] border border-edge bg-panel px-2.5 font-normal"
      >
        {lockSpans.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
