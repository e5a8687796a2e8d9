import type { Page } from 'playwright';

/** What has the focus, as it is called: by its label, its field's label, or its words. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) return '';
    const labelled = activeElement.getAttribute('aria-label');
    const field = activeElement as HTMLInputElement;
    const name = labelled ?? field.labels?.[0]?.textContent ?? activeElement.textContent ?? '';
    return name.replace(/\s+/g, ' ').trim();
  });
}

/** Presses Tab until what is called so has the focus. @throws after a hundred presses, with what had it on the way */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 100; presses += 1) {
    const focused = await focusedName(page);
    if (typeof name === 'string' ? focused === name : name.test(focused)) return;
    passed.push(focused);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${String(name)}: ${[...new Set(passed)].join(' → ')}`);
}

/** Opens the palette and types into it, once it takes what is typed. */
export async function findByKeyboard(page: Page, typed: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k');
  const palette = page.getByRole('dialog', { name: 'Find and do' });
  await palette.getByRole('combobox').and(page.locator(':focus')).waitFor();
  await page.keyboard.type(typed);
}
