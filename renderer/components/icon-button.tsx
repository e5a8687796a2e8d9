import type { ComponentProps } from 'react';
import { Hint } from './hint.tsx';

export interface IconButtonProps extends ComponentProps<'button'> {
  /** Accessible name, also shown on hover and focus. */
  readonly label: string;
}

/** A square button with an icon; its name shows on hover and focus. */
export function IconButton({ label, className = '', ...props }: IconButtonProps) {
  return (
    <Hint text={label}>
      <button
        type="button"
        aria-label={label}
        {...props}
        className={`inline-grid size-7 shrink-0 place-items-center rounded-md text-faint transition-colors hover:bg-side hover:text-text ${className}`}
      />
    </Hint>
  );
}
