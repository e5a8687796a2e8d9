import type { ComponentProps } from 'react';

export interface IconButtonProps extends ComponentProps<'button'> {
  /** Accessible name, also shown on hover. */
  readonly label: string;
}

/** A square button with an icon. Lists hold many, so the hint is the system's own. */
export function IconButton({ label, className = '', ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...props}
      className={`inline-grid size-7 shrink-0 place-items-center align-middle rounded-md text-faint transition-colors hover:bg-side hover:text-text ${className}`}
    />
  );
}
