import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright';
import { createStateFeed } from '../electron/state-feed.ts';
import { countTimers, didRun, mutationsDuring, setHidden } from '../test/support/renderer-preview/count-work.ts';
import { launchChromium, openPreview } from '../test/support/renderer-preview/open-preview.ts';
import type { PreviewState } from '../test/support/renderer-preview/preview-state.ts';
import {
  onConnection,
  sampleActivity,
  sampleProfile,
  sampleSnapshot,
} from '../test/support/renderer-preview/sample-snapshot.ts';
import { type ServedRenderer, serveRenderer } from '../test/support/renderer-preview/serve-renderer.ts';
import { largeSnapshot, largeState } from './app/large-state.ts';
import { traceTasks } from './app/task-times.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';

const figure = (name: string, numbers: Partial<Figure>): Figure => ({
  bench: 'app',
  case: name.split(' ')[0] ?? name,
  system: name.split(' ')[1] ?? 'causeway',
  ...numbers,
});

/** The app's window: how large it is, how soon it shows, what it costs in use and at rest, and what is pushed to it. */
export const app: Bench = async ({ quick, rounds, say }) => {
  const renderer = await serveRenderer();
  const browser = await launchChromium();
  try {
    const window = new MeasuredWindow(renderer, browser, quick ? 2 : 10);
    const cases: Readonly<Record<string, () => Promise<Partial<Figure>>>> = {
      bundle: () => bundle(renderer),
      'first-paint': () => window.firstPaint(rounds),
      'scroll-2000-apis': () => window.scroll(largeState(Date.now(), 'Service 0000')),
      'scroll-activity': () =>
        window.scroll(largeState(Date.now(), 'Export CSV', [{ type: 'click', role: 'link', name: 'Activity' }])),
      'traffic cold': () => window.traffic(false),
      'traffic warm': () => window.traffic(true),
      idle: () => window.idle(),
      'push-bytes': async () => pushBytes(),
    };
    const figures: Figure[] = [];
    for (const [name, measure] of Object.entries(cases)) {
      say(name);
      figures.push(figure(name, await measure()));
    }
    return figures;
  } finally {
    await browser.close();
    await renderer.close();
  }
};

/** Scripts and styles of the window, compressed. */
async function bundle({ folder }: ServedRenderer): Promise<Partial<Figure>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:js|css|html)$/.test(name));
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return { gzipBytes: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) };
}

/** What a minute of rates of 2,000 APIs that all change takes on its way to the window, a second. */
function pushBytes(): Partial<Figure> {
  const seconds = 60;
  const beganAtMs = Date.now();
  let nowMs = beganAtMs;
  let snapshot = largeSnapshot(beganAtMs, 0);
  let bytes = 0;
  const feed = createStateFeed({
    snapshot: () => snapshot,
    send: (step) => (bytes += Buffer.byteLength(JSON.stringify(step))),
    now: () => nowMs,
  });
  feed.read();
  for (let second = 1; second <= seconds; second += 1) {
    nowMs += 1000;
    snapshot = largeSnapshot(beganAtMs, second);
    // Looking anew sends what may be sent at this time.
    feed.watch(true);
  }
  feed.close();
  return { bytesPerSecond: rounded(bytes / seconds) };
}

class MeasuredWindow {
  readonly #renderer: ServedRenderer;
  readonly #browser: Browser;
  readonly #seconds: number;

  constructor(renderer: ServedRenderer, browser: Browser, seconds: number) {
    this.#renderer = renderer;
    this.#browser = browser;
    this.#seconds = seconds;
  }

  async #open<T>(state: PreviewState, use: (page: Page, context: BrowserContext) => Promise<T>): Promise<T> {
    const context = await this.#browser.newContext({ viewport: { width: 1240, height: 800 } });
    try {
      await context.addInitScript(countTimers);
      const { page } = await openPreview(context, this.#renderer.url, state);
      return await use(page, context);
    } finally {
      await context.close();
    }
  }

  async firstPaint(rounds: number): Promise<Partial<Figure>> {
    const paints: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // The entry is made a moment after the frame that it is about.
      const read = async (page: Page) => {
        const paint = await page.waitForFunction(
          "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
        );
        return Number(await paint.jsonValue());
      };
      paints.push(await this.#open(largeState(Date.now(), 'Service 0000'), read));
    }
    return { firstPaintMs: rounded(median(paints)) };
  }

  async scroll(state: PreviewState): Promise<Partial<Figure>> {
    return await this.#open(state, async (page) => {
      await page.mouse.move(600, 500);
      const { worstTaskMs } = await traceTasks(this.#browser, page, async () => {
        for (let turn = 0; turn < this.#seconds * 20; turn += 1) {
          await page.mouse.wheel(0, 600);
          await nextFrame(page);
        }
      });
      return { worstTaskMs: rounded(worstTaskMs) };
    });
  }

  /** Requests come in as fast as a relay shows them, and with them the rates, beside an API’s page. */
  async traffic(isWarm: boolean): Promise<Partial<Figure>> {
    const steps: PreviewState['steps'] = [{ type: 'click', role: 'button', name: 'Service 0000' }];
    return await this.#open(largeState(Date.now(), 'Right now', steps), async (page) => {
      let sequence = 0;
      const push = async (): Promise<void> => {
        const nowMs = Date.now();
        sequence += 1;
        const patch = ratesOf(sequence);
        const entries = sampleActivity(nowMs, 25).map((entry, index) => ({
          ...entry,
          requestId: `${sequence}-${index}`,
          api: `service-${index % 5}`,
        }));
        await page.evaluate(
          `window.fakeBridge.push('state:did-change', ${JSON.stringify({ sequence, patch })});
           window.fakeBridge.pushActivity('acme', ${JSON.stringify(entries)});`,
        );
        await nextFrame(page);
      };
      if (isWarm) for (let turn = 0; turn < 40; turn += 1) await push();
      const { worstTaskMs } = await traceTasks(this.#browser, page, async () => {
        for (let turn = 0; turn < this.#seconds * 4; turn += 1) await push();
      });
      return { worstTaskMs: rounded(worstTaskMs) };
    });
  }

  async idle(): Promise<Partial<Figure>> {
    const nowMs = Date.now();
    const profile = sampleProfile(nowMs, { connections: { orders: onConnection('orders', 7101, nowMs) } });
    const state: PreviewState = {
      name: 'idle',
      snapshot: sampleSnapshot(nowMs, { profiles: [profile] }),
      activity: [],
      sessions: { sessions: [] },
      steps: [{ type: 'click', role: 'button', name: 'Orders' }],
      shows: 'Right now',
    };
    return await this.#open(state, async (page) => {
      const waitMs = 10_000;
      // What opening the page has begun comes to its end.
      await page.waitForTimeout(3000);
      let mutations = 0;
      const { cpuMs } = await traceTasks(this.#browser, page, async () => {
        mutations = await mutationsDuring(page, () => page.waitForTimeout(waitMs));
      });
      await setHidden(page, true);
      const before = await didRun(page);
      await page.waitForTimeout(waitMs);
      return { mutations, timers: (await didRun(page)) - before, cpuMs: rounded(cpuMs) };
    });
  }
}

function nextFrame(page: Page): Promise<unknown> {
  return page.evaluate('new Promise((resolve) => requestAnimationFrame(() => resolve(null)))');
}

/** The rates of every tenth API, others each time. */
function ratesOf(round: number): object {
  const rates = Array.from({ length: 200 }, (_, index) => [
    `service-${(index * 10 + round) % 2000}`,
    { set: { requestsPerSecond: 1 + (round % 40), latencyMs: 3 + (round % 9) } },
  ]);
  return { in: { profiles: { in: { 0: { in: { connections: { in: Object.fromEntries(rates) as object } } } } } } };
}
