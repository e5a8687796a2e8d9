import { useEffect, useRef } from 'react';

/** Takes what is typed while the palette is on its way: whoever knows what they want doesn’t wait for it. */
export function EarlyTyping({ onTyped }: { onTyped: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return <input ref={field} aria-label="Go to" className="sr-only" onChange={(event) => onTyped(event.target.value)} />;
}
