import { app } from 'electron';

/**
 * Makes every way of quitting wait for `close`, at most `timeoutMs`, exactly once. @returns what closes without quitting, for
 * what has to happen in between; a quit that is asked for meanwhile comes after it
 */
export function waitBeforeQuit(close: () => Promise<void>, timeoutMs: number): () => Promise<void> {
  let closing: Promise<void> | null = null;
  let isClosed = false;
  const closeOnce = (): Promise<void> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const timedOut = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
    const finish = (): void => {
      isClosed = true;
    };
    closing ??= Promise.race([close(), timedOut]).then(finish, finish);
    return closing;
  };
  app.on('before-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    if (closing === null) void closeOnce().then(() => app.quit());
  });
  return closeOnce;
}
