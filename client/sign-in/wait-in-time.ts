import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

/** How long a step of the sign-in may wait for the person, and what can end it before. */
export interface Patience {
  /** Aborting with an AccessError as reason ends the wait with it. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Waits, but no longer than until the signal aborts; then rejects with its reason. */
export async function untilAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([awaited, stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Waits for something that the person does elsewhere.
 * @throws AccessError `sign-in-timed-out`, or the signal's reason
 */
export async function waitInTime<T>(
  awaited: Promise<T>,
  patience: Patience,
  awaitedFrom: 'browser' | 'code' | 'issuer',
): Promise<T> {
  const { signal, timeoutMs } = patience;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const minutes = Math.max(1, Math.round(timeoutMs / 60_000));
    reject(new AccessError('sign-in-timed-out', text(`failure.late.${awaitedFrom}`, { minutes })));
  }, timeoutMs);
  try {
    return await untilAborted(Promise.race([awaited, late]), signal);
  } finally {
    clearTimeout(timer);
  }
}
