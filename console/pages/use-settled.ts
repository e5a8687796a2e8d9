import { useEffect, useState } from 'react';

const pauseMs = 250;

/** A value once it hasn’t changed for a moment: what is typed is asked for when the person pauses. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
