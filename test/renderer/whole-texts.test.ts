import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let shown: StartedWindow;
let page: Page;

beforeAll(async () => {
  shown = await startPreviewWindow();
  ({ page } = shown);
});

afterAll(() => shown.close());

async function show(name: string, width: number, naming?: 'normal' | 'german'): Promise<void> {
  await shown.look({ width, height: 900 });
  await shown.showNamed(name, naming);
}

/** Whether any of a text is cut off, at its end or below its last line. */
function isCut(text: Locator): Promise<boolean> {
  return text.evaluate((element) => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
    return scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
  });
}

const widths = [440, 720, 960, 1440];

describe.each(['normal', 'german'] as const)('whole at every width (%s)', (naming) => {
  test.each([
    ['when a quota is there again', 'apis-guarded', widths, /quota used up, resets in|Kontingent aufgebraucht, neu in/],
    // On a telephone's width, a long one ends with a sign of it; the API's page has it whole.
    ['why an API is locked', 'apis-locked-by-it', [720, 960, 1440], /Incident 12: the database is being restored/],
    ['whom a lock is on', 'apis-locked-by-it', widths, /Locked by IT for the group sre|Von der IT für die Gruppe sre/],
    ['whom to ask', 'access', widths, /(?:Ask|Fragen Sie) finance-it@acme\.example/],
    ['whom to ask about what is open', 'access', widths, /(?:Ask|Fragen Sie) orders-team@acme\.example/],
  ] as const)('%s', async (_what, state, at, text) => {
    for (const width of at) {
      await show(state, width, naming);
      const said = page.getByText(text).and(page.locator(':visible'));
      expect(await said.count(), `${width} px`).toBeGreaterThan(0);
      expect(await isCut(said.first()), `${width} px`).toBe(false);
    }
  });
});

test('a row says once that IT has locked its API', async () => {
  for (const width of widths) {
    await show('apis-locked-by-it', width);
    const row = page.locator('[data-chosen]', { has: page.locator('#api-orders') });
    expect((await row.innerText()).match(/locked/gi), `${width} px`).toHaveLength(1);
  }
});

test('a favourite’s star stands beside its name, whether its badges have room or not', async () => {
  for (const width of widths) {
    await show('apis-guarded', width);
    for (const id of ['orders', 'inventory']) {
      const name = await page.locator(`#api-${id}`).boundingBox();
      const row = page.locator('[data-chosen]', { has: page.locator(`#api-${id}`) });
      const star = await row.getByRole('button', { name: /^Favourite / }).boundingBox();
      const gap = (star?.x ?? Infinity) - ((name?.x ?? 0) + (name?.width ?? 0));
      expect(gap, `${id} at ${width} px`).toBeGreaterThanOrEqual(0);
      expect(gap, `${id} at ${width} px`).toBeLessThan(10);
    }
  }
});

test('badges are whole or not there at all, and a name never makes room for one', async () => {
  for (const width of [440, 500, 560, 620, 680, 740, 960]) {
    await show('apis', width);
    const faults = await page.evaluate(() =>
      [...document.querySelectorAll('main li')].flatMap((row) => {
        const name = row.querySelector('[data-name]');
        if (name !== null && name.scrollWidth > name.clientWidth + 1) return [`${name.textContent} is cut`];
        return [...row.querySelectorAll('[data-badge]')].flatMap((badge) => {
          const clip = badge.parentElement?.getBoundingClientRect();
          const box = badge.getBoundingClientRect();
          if (clip === undefined || box.top >= clip.bottom - 1) return [];
          return box.right > clip.right + 1 ? [`${badge.textContent} is cut`] : [];
        });
      }),
    );
    expect(faults, `${width} px`).toEqual([]);
  }
});

test.each(['api-page-reconnecting', 'expired-provider-down'])(
  'in %s, the banner’s buttons stand in one row wherever they have room for it',
  async (state) => {
    for (const width of [720, 960, 1440]) {
      await show(state, width);
      const buttons = await page.getByRole('region', { name: 'Notice', exact: true }).getByRole('button').all();
      const boxes = await Promise.all(buttons.map((button) => button.boundingBox()));
      expect(boxes.length, `${width} px`).toBeGreaterThan(1);
      expect(new Set(boxes.map((box) => Math.round(box?.y ?? 0))).size, `${width} px`).toBe(1);
    }
  },
);

describe('snippets', () => {
  const languages = ['curl', 'JavaScript', 'Python', 'Go', 'PowerShell', '.env', 'Socket', 'Docker'];
  const box = () => page.locator('[data-scrolls-sideways]:visible');

  test.each([440, 720, 1440])(
    'at %i px each is whole, or scrolls to its end by keyboard, beside its Copy',
    async (width) => {
      await show('api-page', width);
      for (const language of languages) {
        await page.getByRole('tab', { name: language, exact: true }).click();
        await page.keyboard.press('Tab');
        await box().and(page.locator(':focus')).waitFor();
        const scrolls = await box().evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
        const copy = page.getByRole('button', { name: `Copy the ${language} snippet` });
        const copyBox = await copy.boundingBox();
        const coveredWords = await box().evaluate(
          (element, button) =>
            [...element.querySelectorAll('pre span:not([aria-hidden])')].flatMap((word) => {
              const { left, right, top, bottom } = word.getBoundingClientRect();
              const isBeside = button === null || right <= button.x + 1 || left >= button.x + button.width;
              // What is taller than its letters reaches into the line above.
              const isBelow = button !== null && (top + 3 >= button.y + button.height || bottom <= button.y);
              return isBeside || isBelow ? [] : [word.textContent];
            }),
          copyBox,
        );
        expect(coveredWords, language).toEqual([]);
        // As often as it takes to get to the end.
        for (let presses = 0; scrolls && presses < 20; presses += 1) await page.keyboard.press('ArrowRight');
        const hidden = () =>
          box().evaluate((element) => {
            const ends = [...element.querySelectorAll('pre span')].map((word) => word.getBoundingClientRect().right);
            return Math.max(...ends) - element.getBoundingClientRect().right;
          });
        await expect.poll(hidden, { message: language, timeout: 20_000 }).toBeLessThan(0);
      }
    },
  );

  test('an address is never broken', async () => {
    await show('api-page', 440);
    for (const language of languages) {
      await page.getByRole('tab', { name: language, exact: true }).click();
      const words = await box().evaluate((element) =>
        [...element.querySelectorAll('pre span')].map((word) => ({
          text: word.textContent,
          lines: word.getClientRects().length,
        })),
      );
      expect(
        words.filter(({ text }) => text.includes('127.0.0.1')).length + Number(/Socket|Docker/.test(language)),
      ).toBeGreaterThan(0);
      expect(words.filter(({ lines }) => lines > 1)).toEqual([]);
    }
  });

  test('what is selected by hand has the lines of the snippet', async () => {
    await show('api-page', 720);
    await page.getByRole('tab', { name: 'Python', exact: true }).click();
    const text = await box().innerText();
    expect(text.trimEnd().split('\n')).toEqual([
      'from urllib.request import urlopen',
      '',
      'request = "http://127.0.0.1:7101/v1/orders?state=open"',
      '',
      'with urlopen(request) as response:',
      '    print(response.read().decode())',
    ]);
  });
});

test('the table of requests is as high as its rows, and scrolls where there are more than fit', async () => {
  const heights = () =>
    page.getByRole('table').evaluate((table) => {
      const frame = table.parentElement as HTMLElement;
      return { frame: frame.clientHeight, rows: table.scrollHeight, screen: innerHeight };
    });
  await show('activity-step-up', 1440);
  const few = await heights();
  expect(few.frame).toBeLessThanOrEqual(few.rows + 2);
  await show('activity', 1440);
  const many = await heights();
  expect(many.frame).toBeLessThan(many.rows);
  expect(many.frame).toBeGreaterThan(many.screen / 2);
});
