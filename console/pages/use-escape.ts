import { useEffect, useRef } from 'react';

/** Escape closes what stands beside a table, and the focus goes to the row that it is of; null while nothing does. */
export function useEscape(onClose: (() => void) | null): void {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      // Of a menu, a dialog or a search field, Escape is that one’s own.
      if (event.key !== 'Escape' || event.defaultPrevented || latest.current === null) return;
      event.preventDefault();
      latest.current();
      document.querySelector<HTMLElement>('tr[aria-selected="true"] [data-cell]')?.focus();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}
