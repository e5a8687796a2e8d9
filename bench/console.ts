import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { buildConsole } from '../build/build-console.ts';
import { startDemoWorld } from '../test/support/demo-world.ts';
import { type ConsolePage, openConsolePage } from '../test/support/open-console-page.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { startScript } from './start-process.ts';

/** A page of the console, and what shows once its first rows or numbers are there. */
interface Case {
  /** Asked for anew each time; where it isn't known before, found once by {@link Case.find}. */
  readonly path: string;
  /** What is clicked at that page, whose own address is then the one that counts. */
  readonly find?: (page: Page) => Locator;
  /** What is clicked once `shows` is there; `done` is then waited for. */
  readonly click?: (page: Page) => Locator;
  readonly done?: (page: Page) => Locator;
  readonly shows: (page: Page) => Locator;
}

/** Of a request in the first days, whichever size the audit has. */
const recordShown = 100_001;

const firstRow = (page: Page): Locator => page.getByRole('main').getByRole('gridcell').first();
const cases: Readonly<Record<string, Case>> = {
  overview: { path: 'overview', shows: (page) => page.getByText('Time to answer') },
  people: { path: 'people', shows: firstRow },
  'people-search': { path: 'people?q=person-4711', shows: firstRow },
  sessions: { path: 'people?view=sessions', shows: firstRow },
  'sessions-search': { path: 'people?view=sessions&q=person-4711', shows: firstRow },
  'audit-week': { path: 'audit', shows: firstRow },
  'audit-api': { path: 'audit?api=payroll', shows: firstRow },
  'audit-denied': { path: 'audit?api=payroll&effect=deny', shows: firstRow },
  'audit-person': { path: 'audit?user=person-1200&since=30d', shows: firstRow },
  'audit-more': {
    path: 'audit?since=30d',
    shows: firstRow,
    click: (page) => page.getByRole('button', { name: 'Load more' }),
    done: (page) => page.locator('[aria-rowcount="201"]'),
  },
  'audit-record': {
    path: `audit/${recordShown}?since=30d`,
    shows: (page) => page.getByText('Copy the record as JSON'),
  },
  'audit-proof': {
    path: `audit/${recordShown}?since=30d`,
    shows: (page) => page.getByRole('button', { name: 'Prove the record' }),
    click: (page) => page.getByRole('button', { name: 'Prove the record' }),
    done: (page) => page.getByRole('button', { name: 'Copy the proof' }),
  },
  person: {
    path: 'people?q=person-1200',
    find: firstRow,
    shows: (page) => page.getByText(/^What they used/),
  },
  'audit-of-month': { path: 'audit?api=payroll&method=POST&effect=deny&since=30d', shows: firstRow },
  api: { path: 'apis/payroll', shows: (page) => page.getByRole('main').getByRole('gridcell').first() },
};

/** How soon pages of the console show, in Chromium, with the sessions and records of a large company in the data folder. */
export const consoleOfMany: Bench = async ({ quick, rounds, say }) => {
  const [records, sessions] = quick ? [200_000, 10_000] : [10_000_000, 100_000];
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-console-'));
  const closers: (() => Promise<unknown>)[] = [];
  try {
    await buildConsole();
    say(
      `filling a data folder with ${records.toLocaleString('en')} records and ${sessions.toLocaleString('en')} sessions`,
    );
    const issuer = 'https://idp.example';
    const filled = await startScript('fill-folder', {
      dataDir: join(dir, 'data'),
      records,
      sessions,
      days: 30,
      issuer,
    });
    await filled.close();
    say(`seconds: ${JSON.stringify(filled.ready)}`);
    const world = await startDemoWorld({ dir });
    closers.push(() => world.close());
    const operator = await openConsolePage(world.adminUrl);
    closers.push(() => operator.close());
    await operator.signIn('dana');
    const figures: Figure[] = [];
    for (const [name, one] of Object.entries(cases)) {
      say(name);
      const measured = measure(operator, world.adminUrl, name, one, rounds * 3);
      figures.push(await measured.catch((error: unknown) => withPage(operator, error)));
    }
    say('export');
    figures.push(await exportAll(operator, world.adminUrl));
    say('verify');
    figures.push(await verifyAll(operator, world.adminUrl, records));
    return figures;
  } finally {
    for (const close of closers.toReversed()) await close();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** What the page says where something else was waited for. */
async function withPage({ page }: ConsolePage, cause: unknown): Promise<never> {
  throw new Error(`${page.url()} says: ${await page.locator('body').innerText()}`, { cause });
}

/** From asking for the address to the first row, scripts of the page included. */
async function measure(
  { page }: ConsolePage,
  adminUrl: string,
  name: string,
  { path, find, shows, click, done }: Case,
  times: number,
): Promise<Figure> {
  let address = `${adminUrl}/console/${path}`;
  if (find !== undefined) {
    await page.goto(address);
    await find(page).click();
    await shows(page).waitFor();
    address = page.url();
  }
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await page.goto('about:blank');
    const beganMs = performance.now();
    await page.goto(address, { waitUntil: 'commit' });
    await shows(page).waitFor();
    await click?.(page).click();
    await done?.(page).waitFor();
    took.push(performance.now() - beganMs);
  }
  return {
    bench: 'console',
    case: name,
    system: 'causeway',
    p50Ms: rounded(median(took)),
    p99Ms: rounded(Math.max(...took)),
  };
}

/** As the console's own link does, to the last byte; the browser keeps none of them. */
async function exportAll({ page }: ConsolePage, adminUrl: string): Promise<Figure> {
  await page.goto(`${adminUrl}/console/audit`);
  await firstRow(page).waitFor();
  const beganMs = performance.now();
  const lines = await page.evaluate(async () => {
    const response = await fetch('/admin/v1/audit/export?format=jsonl&api=payroll&since=30d');
    if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
    let count = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      for (const byte of chunk) if (byte === 10) count += 1;
    return count;
  });
  const seconds = (performance.now() - beganMs) / 1000;
  return { bench: 'console', case: 'export', system: 'causeway', recordsPerSecond: rounded(lines / seconds) };
}

async function verifyAll({ page }: ConsolePage, adminUrl: string, records: number): Promise<Figure> {
  await page.goto(`${adminUrl}/console/audit/log`);
  await page.getByRole('button', { name: 'Verify all records' }).click();
  const beganMs = performance.now();
  await page
    .getByText(/ is whole/)
    .first()
    .waitFor({ timeout: 1_800_000 });
  const seconds = (performance.now() - beganMs) / 1000;
  return { bench: 'console', case: 'verify', system: 'causeway', recordsPerSecond: rounded(records / seconds) };
}
