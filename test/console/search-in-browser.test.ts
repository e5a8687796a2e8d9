import { expect, test } from 'vitest';
import { type CannedAnswers, openConsole } from '../support/console-preview/open-console.ts';
import { sampleAnswers } from '../support/console-preview/sample-answers.ts';
import { useConsole } from '../support/console-preview/use-console.ts';

const inChromium = useConsole();

const unknown = {
  refused: 400,
  problem: { code: 'bad-input', title: 'The request can’t be used', status: 400, detail: 'Nobody is called so.' },
};

/** Tables that the relay searches, with the field, the address that is asked and the value that it gets. */
const searches = [
  ['people', 'Find a person by name or subject', '/admin/v1/people', 'search'],
  ['people?view=sessions', 'User name or subject', '/admin/v1/sessions', 'person'],
  ['audit', 'User name or subject, in full', '/admin/v1/audit', 'user'],
  ['settings', 'Search keys', '/admin/v1/config/effective', 'search'],
] as const;

test.each(searches)(
  'on %s whoever types goes on typing while rows come, none do, and the name is refused',
  async (path, label, address, param) => {
    const asked: string[] = [];
    const sample = sampleAnswers(Date.now());
    const of = (url: URL, body: unknown): object => {
      const value = url.searchParams.get(param) ?? '';
      asked.push(value);
      const canned = sample[address];
      // The second letter finds nobody.
      if (value === 'ca') return unknown;
      return typeof canned === 'function' ? canned(url, body) : (canned ?? {});
    };
    const answers: CannedAnswers = { ...sample, [address]: of };
    const context = await inChromium.browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    const { page } = await openConsole(context, `${inChromium.served.url}${path}`, answers);
    const field = page.getByRole('searchbox', { name: label, exact: true });
    await field.click();
    for (const typed of ['c', 'ca', 'car']) {
      await page.keyboard.type(typed.at(-1) ?? '');
      await expect.poll(() => asked.includes(typed), { timeout: 20_000 }).toBe(true);
      // What was answered is drawn by then.
      await page.waitForLoadState('networkidle');
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      expect(await field.inputValue()).toBe(typed);
      expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    }
    await context.close();
  },
  120_000,
);

test('who isn’t found among sessions by part of the name is looked for among people by a click', async () => {
  const answers: CannedAnswers = { ...sampleAnswers(Date.now()), '/admin/v1/sessions': () => unknown };
  const context = await inChromium.browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const { page } = await openConsole(context, `${inChromium.served.url}people?view=sessions&q=caro`, answers);
  await page.getByRole('link', { name: 'Find people with this in their name' }).click();
  await page.getByRole('link', { name: 'carol', exact: true }).waitFor();
  expect(new URL(page.url()).search).toBe('?q=caro');
  await context.close();
}, 120_000);
