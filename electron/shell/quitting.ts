import { app } from 'electron';

/** Makes every way of quitting wait for `close`, at most `timeoutMs`, exactly once. */
export function waitBeforeQuit(close: () => Promise<void>, timeoutMs: number): void {
  let status: 'running' | 'closing' | 'closed' = 'running';
  app.on('before-quit', (event) => {
    if (status === 'closed') return;
    event.preventDefault();
    if (status === 'closing') return;
    status = 'closing';
    const limit = AbortSignal.timeout(timeoutMs);
    const timedOut = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
    const finish = (): void => {
      status = 'closed';
      app.quit();
    };
    Promise.race([close(), timedOut]).then(finish, finish);
  });
}
