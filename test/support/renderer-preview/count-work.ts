import type { Page } from 'playwright';

/** Counts, in a page, the callbacks of timers that run; installed before the page's own scripts. */
export function countTimers(): void {
  const counts = { ran: 0 };
  Object.assign(window, { workDone: counts });
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const original = window[name].bind(window) as (callback: () => void, ms?: number) => number;
    const counted = (callback: () => void, ms?: number): number =>
      original(() => {
        counts.ran += 1;
        callback();
      }, ms);
    Object.assign(window, { [name]: counted });
  }
}

/** How many timers' callbacks have run so far. */
export function didRun(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { workDone: { ran: number } }).workDone.ran);
}

/** How many changes of the document there were meanwhile. */
export async function mutationsDuring(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const seen = { count: 0 };
    const observer = new MutationObserver((records) => {
      seen.count += records.length;
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    Object.assign(window, { mutationsSeen: seen, mutationObserver: observer });
  });
  await work();
  return await page.evaluate(() => {
    const { mutationsSeen, mutationObserver } = window as unknown as {
      mutationsSeen: { count: number };
      mutationObserver: MutationObserver;
    };
    const { length } = mutationObserver.takeRecords();
    mutationObserver.disconnect();
    return mutationsSeen.count + length;
  });
}

/** Hides the page as the system does with a closed or covered window, or shows it again. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    const state = isHidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
