import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clearlyChanged, contrastWithin, openPictureReader, type PictureReader } from '../support/looks/pixels.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let shown: StartedWindow;
let pictures: PictureReader;

beforeAll(async () => {
  shown = await startPreviewWindow();
  pictures = await openPictureReader(shown.browser);
});

afterAll(() => shown.close());

async function show(name: string, look: { readonly theme: 'light' | 'dark'; readonly forcedColors: boolean }) {
  await shown.look({ width: 1440, height: 900, ...look });
  await shown.showNamed(name);
}

/** A control that is now one thing and then another, and what makes it so. */
interface Change {
  readonly what: string;
  readonly state: string;
  readonly control: (page: Page) => Locator;
  readonly act: (page: Page) => Promise<void>;
}

const row = (page: Page) => page.locator('[data-chosen]', { has: page.locator('#api-inventory') });
const changes: readonly Change[] = [
  {
    what: 'a switch, on and off',
    state: 'apis',
    control: (page) => page.getByRole('switch', { name: 'Connect Orders' }),
    act: (page) => page.getByRole('switch', { name: 'Connect Orders' }).click(),
  },
  {
    what: 'the row that is chosen',
    state: 'apis',
    control: row,
    act: (page) => page.locator('#api-inventory').click(),
  },
  {
    what: 'the screen that is shown',
    state: 'apis',
    control: (page) => page.getByRole('link', { name: 'Activity' }),
    act: (page) => page.getByRole('link', { name: 'Activity' }).click(),
  },
  {
    what: 'the filter that holds',
    state: 'apis',
    control: (page) => page.getByRole('radio').nth(1),
    act: (page) => page.getByRole('radio').nth(1).click(),
  },
  {
    what: 'the tab that is open',
    state: 'api-page',
    control: (page) => page.getByRole('tab').nth(1),
    act: (page) => page.getByRole('tab').nth(1).click(),
  },
  {
    what: 'the entry of a menu that Enter would take',
    state: 'profile-menu',
    control: (page) => page.getByRole('menuitem').last(),
    act: (page) => page.keyboard.press('End'),
  },
];

/** Puts pointer and focus where they change nothing, so that only the state is compared. */
async function rest(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement && document.activeElement.closest('[role="menu"]') === null)
      document.activeElement.blur();
  });
}

describe.each(['light', 'dark'] as const)('where the system sets all colours (%s)', (theme) => {
  test.each(changes)('$what can be told', async ({ state, control, act }) => {
    await show(state, { theme, forcedColors: true });
    await rest(shown.page);
    const before = await pictures.read(control(shown.page));
    await act(shown.page);
    await rest(shown.page);
    expect(contrastWithin(before)).toBeGreaterThan(3);
    await expect
      .poll(async () => {
        const after = await pictures.read(control(shown.page));
        // An outline around a row is few of its pixels, and still seen at once.
        return { changed: clearlyChanged(before, after) > 0.02, isSeen: contrastWithin(after) > 3 };
      })
      .toEqual({ changed: true, isSeen: true });
  });

  test('the focus can be seen wherever Tab leads', async () => {
    await show('apis', { theme, forcedColors: true });
    const unseen: string[] = [];
    for (let presses = 0; presses < 25; presses += 1) {
      await shown.page.keyboard.press('Tab');
      const seen = await shown.page.evaluate(() => {
        const { activeElement } = document;
        if (activeElement === null || activeElement === document.body) return '';
        const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
        const isSeen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
        return isSeen ? '' : (activeElement.getAttribute('aria-label') ?? activeElement.textContent);
      });
      if (seen !== '') unseen.push(seen);
    }
    expect(unseen).toEqual([]);
  });

  test.each([
    ['api-page', 'Copy address'],
    ['sessions-end', 'Sign out'],
    ['sign-in-first-run', 'Continue in your browser'],
  ])('in %s, the words of the filled button “%s” can be read', async (state, name) => {
    await show(state, { theme, forcedColors: true });
    const button = shown.page.getByRole('button', { name, exact: true }).last();
    await rest(shown.page);
    const before = await pictures.read(button);
    await button.evaluate((element) => {
      element.style.color = 'transparent';
    });
    await expect.poll(async () => clearlyChanged(before, await pictures.read(button))).toBeGreaterThan(0.02);
  });

  test.each([
    ['apis', '[data-badge]'],
    ['api-page', 'main svg[role="img"]'],
    ['api-page-guarded', 'meter'],
    ['apis', 'kbd'],
  ])('in %s, %s stands out from its ground', async (state, selector) => {
    await show(state, { theme, forcedColors: true });
    const all = await shown.page.locator(selector).all();
    expect(all.length).toBeGreaterThan(0);
    const picture = await pictures.read(all[0] as Locator);
    expect(contrastWithin(picture)).toBeGreaterThan(3);
  });
});

test('on a wish for more contrast, greys have 7:1 and lines 3:1', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await shown.look({ width: 1240, height: 800, theme, moreContrast: true });
    const colours = await shown.page.evaluate(() => {
      const drawing = new OffscreenCanvas(1, 1).getContext('2d');
      const found = ['panel', 'text', 'mute', 'faint', 'accent', 'ok', 'warning', 'bad', 'line', 'edge'].map((name) => {
        // One for each colour: what changes its colour is on its way there when it is asked.
        const probe = document.body.appendChild(document.createElement('span'));
        probe.style.color = `var(--color-${name})`;
        if (drawing === null) throw new Error('There is no canvas.');
        drawing.fillStyle = getComputedStyle(probe).color;
        drawing.fillRect(0, 0, 1, 1);
        probe.remove();
        return [name, [...drawing.getImageData(0, 0, 1, 1).data]] as const;
      });
      return found;
    });
    const panel = colours[0]?.[1] ?? [];
    for (const [name, colour] of colours.slice(1)) {
      const contrast = contrastWithin({ width: 2, height: 1, data: [...panel, ...colour] });
      expect(contrast, `${name} in ${theme}`).toBeGreaterThan(['line', 'edge'].includes(name) ? 3 : 7);
    }
  }
});
