import { vi } from 'vitest';

/** How long a test waits for what comes by itself: what hangs is found all the same, what is slow isn't taken for it. */
const patience = { timeout: 20_000, interval: 20 } as const;

/** Waits until `check` no longer throws, for 20 s. @returns what it gave; throws its last error */
export function waitFor<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, patience);
}

/** Waits until `holds` gives something true, for 20 s. @throws Error when it never does, and at once what it throws */
export function waitUntil<T>(holds: () => T | Promise<T>) {
  return vi.waitUntil(holds, patience);
}
