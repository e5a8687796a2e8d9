import type { BrowserContext, Page } from 'playwright';
import { afterEach, describe, expect, test } from 'vitest';
import { actsOf, isMeant } from '../../console/palette/places.ts';
import { pages } from '../../console/pages/pages.ts';
import { type Right, rightsOf } from '../../relay/admin/operator-roles.ts';
import type { AdminRole } from '../../relay/config/admin-schema.ts';
import { openConsole } from '../support/console-preview/open-console.ts';
import { sampleAnswers, sampleMe } from '../support/console-preview/sample-answers.ts';
import { useConsole } from '../support/console-preview/use-console.ts';
import { axeFindings } from '../support/looks/axe-in-page.ts';

const inChromium = useConsole();
let context: BrowserContext;
afterEach(() => context.close());

async function openAs(role: AdminRole, path = '') {
  context = await inChromium.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const me = { ...sampleMe(Date.now()), roles: [role], rights: [...rightsOf[role]] };
  const answers = { ...sampleAnswers(Date.now()), '/admin/v1/me': me };
  return openConsole(context, `${inChromium.served.url}${path}`, answers);
}

/** Buttons that change something, as pages name them. */
const changing =
  /^(?:End|Lock|Unlock|Decide|Give|Revoke|Sign out everywhere|Drain|Undrain|Reload|Debug|I’ve looked|Make a link|Disable|Enable|Remove)\b/;

/** Where the console changes something. */
const paths = [
  'people?view=sessions',
  'people?view=locks',
  'apis/orders',
  'access',
  'anomalies/finding-0',
  'relays',
  'settings',
];

/** Where something that changes is offered, once all has been read. */
async function changingOn(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    await page.goto(`${inChromium.served.url}${path}`, { waitUntil: 'networkidle' });
    await page.getByRole('main').waitFor();
    await expect.poll(() => page.getByLabel(/^Loading/).count(), { timeout: 60_000 }).toBe(0);
    if ((await page.getByRole('button', { name: changing }).count()) > 0) found.push(path);
  }
  return found;
}

const palette = (page: Page) => page.getByRole('dialog', { name: 'Go to' });
async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await palette(page).getByRole('combobox').and(page.locator(':focus')).waitFor();
}
const offered = (page: Page) => palette(page).getByRole('option').allInnerTexts();
const patient = { timeout: 180_000 };

describe('what a role doesn’t include isn’t offered', () => {
  test.each<AdminRole>(['viewer', 'auditor'])(
    'to one with the role %s: on no page, not in the sidebar, not in the palette',
    patient,
    async (role) => {
      const { page, complaints, acts } = await openAs(role);
      const may = (right: Right): boolean => rightsOf[role].has(right);
      const named = pages.filter(({ right }) => may(right)).map(({ name }) => name);
      const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
      await expect.poll(async () => (await links.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual(named);
      // Typed into the address, a page says what it needs.
      for (const { id, name } of pages.filter(({ right }) => !may(right))) {
        await page.goto(`${inChromium.served.url}${id}`);
        await page.getByText(`${name} isn’t part of your role`).waitFor();
      }
      expect(await changingOn(page)).toEqual([]);
      await openPalette(page);
      const places = [...actsOf([...rightsOf.owner]).map(({ title, right }) => ({ name: title, right })), ...pages];
      const shown = async () => {
        const all = await offered(page);
        return places.map(({ name }) => [name, all.includes(name)]);
      };
      await expect.poll(shown).toEqual(places.map(({ name, right }) => [name, may(right)]));
      expect([complaints, acts]).toEqual([[], []]);
    },
  );

  test('an owner is offered what the others aren’t, so that its absence there says something', patient, async () => {
    const { page } = await openAs('owner');
    for (const path of paths) {
      await page.goto(`${inChromium.served.url}${path}`);
      await page.getByRole('button', { name: changing }).first().waitFor();
    }
  });
});

test('an owner makes a link for an emergency account, and sees it once', patient, async () => {
  const { page, complaints, acts } = await openAs('owner', 'settings');
  await page.getByRole('button', { name: 'Make a link: sam', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a link for sam?' });
  await dialog.getByRole('button', { name: 'Make a link', exact: true }).click();
  await dialog.getByText('Say why; it is recorded with your name.').waitFor();
  await dialog.getByRole('textbox', { name: 'Why' }).fill('New on call');
  await dialog.getByRole('button', { name: 'Make a link', exact: true }).click();
  await page.getByText(/\/break-glass\/enrol\/[\w-]{43}/).waitFor();
  await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  await expect.poll(() => axeFindings(page, 'all')).toEqual([]);
  expect([complaints, acts]).toEqual([
    [],
    [{ path: '/admin/v1/break-glass/accounts/sam/invite', body: { reason: 'New on call' } }],
  ]);
  // Whoever looks again doesn’t see it.
  await page.reload();
  await page.getByRole('button', { name: 'Make a link: sam', exact: true }).waitFor();
  expect(await page.getByText('/break-glass/enrol/').count()).toBe(0);
});

test.each([
  ['', ['Audit'], true],
  ['AUD', ['Audit'], true],
  ['orders prod', ['Orders', 'orders-prod'], true],
  ['carol', ['Drain or reload the relay', 'undrain', 'config'], false],
  ['orders payroll', ['Orders', 'orders'], false],
])('“%s” means %j: %s', (typed, names, isSo) => {
  expect(isMeant(typed, names)).toBe(isSo);
});

describe('the palette of an owner', () => {
  test('gets what is typed before it is there', patient, async () => {
    const { page } = await openAs('owner', 'overview');
    const held = Promise.withResolvers<void>();
    await page.route(/\/palette-[\w-]+\.js$/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.getByRole('link', { name: 'Audit' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('wha');
    held.resolve();
    await palette(page).waitFor();
    await expect.poll(() => offered(page)).toEqual(['Try another config']);
    await page.keyboard.type('t-if');
    await expect.poll(() => palette(page).getByRole('combobox').inputValue()).toBe('what-if');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/policy\/what-if$/);
  });

  test(
    'opens by the keyboard alone, finds by name, leads there, and Escape gives the focus back',
    patient,
    async () => {
      const { page, complaints } = await openAs('owner', 'overview');
      await page.getByRole('link', { name: 'Audit' }).focus();
      await openPalette(page);
      await expect.poll(() => axeFindings(page, 'all')).toEqual([]);
      await page.keyboard.press('Escape');
      await palette(page).waitFor({ state: 'detached' });
      const link = page.getByRole('link', { name: 'Audit' });
      await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true);

      await openPalette(page);
      await page.keyboard.type('nothing is called so');
      await palette(page).getByText('Nothing of that name.').waitFor();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('what-if');
      await expect.poll(() => offered(page)).toEqual(['Try another config']);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/console\/policy\/what-if$/);
      await palette(page).waitFor({ state: 'detached' });

      await openPalette(page);
      await page.keyboard.type('carol');
      await expect.poll(async () => (await offered(page))[0]).toMatch(/^carol/);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/console\/people\/[\w-]+$/);
      expect(complaints).toEqual([]);
    },
  );
});
