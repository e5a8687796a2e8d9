import { useEffect } from 'react';

/** Calls back when somebody presses Ctrl+K, or Cmd+K. */
export function usePaletteKey(pressed: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      pressed();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [pressed]);
}
