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
  readonly path: string;
  readonly shows: (page: Page) => Locator;
}

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
      figures.push(await measure(operator, world.adminUrl, name, one, rounds * 3));
    }
    say('verify');
    figures.push(await verifyAll(operator, world.adminUrl, records));
    return figures;
  } finally {
    for (const close of closers.toReversed()) await close();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** From asking for the address to the first row, scripts of the page included. */
async function measure(
  { page }: ConsolePage,
  adminUrl: string,
  name: string,
  { path, shows }: Case,
  times: number,
): Promise<Figure> {
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await page.goto('about:blank');
    const beganMs = performance.now();
    await page.goto(`${adminUrl}/console/${path}`, { waitUntil: 'commit' });
    await shows(page).waitFor();
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
