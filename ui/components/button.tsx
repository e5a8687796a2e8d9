import type { ComponentProps } from 'react';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent-fill text-on-fill hover:bg-accent-fill-strong border-transparent',
  plain: 'bg-panel text-text border-line shadow-raised hover:bg-side',
  quiet: 'border-transparent text-accent hover:bg-accent-weak',
  danger: 'bg-bad-fill text-on-fill border-transparent hover:brightness-95',
};

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look;
  readonly size?: 'medium' | 'large';
}

/** How a push button looks; for links that look like one, too. */
export function buttonClasses(look: Look = 'plain', size: 'medium' | 'large' = 'medium'): string {
  const height = size === 'large' ? 'h-10 px-4 text-base' : 'h-8 px-3 text-sm';
  return `inline-flex shrink-0 items-center justify-center gap-2 rounded-lg border font-medium whitespace-nowrap transition-colors disabled:opacity-60 ${height} ${looks[look]}`;
}

/** The app's push button. `primary` is for the one thing to do on a screen. */
export function Button({ look = 'plain', size = 'medium', className = '', ...props }: ButtonProps) {
  return <button type="button" {...props} className={`${buttonClasses(look, size)} ${className}`} />;
}
