import type { ComponentProps } from 'react';
import { goTo } from './place.ts';

export interface LinkProps extends ComponentProps<'a'> {
  readonly href: string;
}

/** A link within the console: a plain click stays in the page, any other does what the browser does with links. */
export function Link({ onClick, href, children, ...props }: LinkProps) {
  return (
    <a
      {...props}
      href={href}
      onClick={(event) => {
        onClick?.(event);
        const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
        if (event.defaultPrevented || !isPlain) return;
        event.preventDefault();
        goTo(href);
      }}
    >
      {children}
    </a>
  );
}
