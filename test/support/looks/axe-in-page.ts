import axe from 'axe-core';
import type { Page } from 'playwright';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Rules whose outcome hangs on colours or on the room there is; all others say the same in every look. */
export const lookRules = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'];

/**
 * What axe-core finds in a page, one line a rule. The whole set the first time a state is looked at; `lookRules` in its
 * further looks. The library is put into the page once, not once a look.
 */
export async function axeFindings(page: Page, rules: 'all' | readonly string[]): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in window);
  if (!isThere) await page.evaluate(axe.source);
  return await page.evaluate(
    async ({ runOnly }) => {
      const { axe: inPage } = window as unknown as { readonly axe: typeof axe };
      const { violations } = await inPage.run(document, { runOnly, resultTypes: ['violations'], preload: false });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    },
    {
      runOnly: rules === 'all' ? { type: 'tag' as const, values: tags } : { type: 'rule' as const, values: [...rules] },
    },
  );
}
