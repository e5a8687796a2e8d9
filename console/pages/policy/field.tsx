import { type ReactNode, useId } from 'react';

/** A labelled field of a form, with a hint below. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="grid min-w-0 content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children(id)}
      {hint !== undefined && <p className="text-xs text-mute">{hint}</p>}
    </div>
  );
}

/** Classes of a text field. */
export const inputClasses = 'h-9 w-full min-w-0 rounded-[9px] border border-edge bg-panel px-2.5';
