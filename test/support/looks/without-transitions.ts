import type { Page } from 'playwright';

/**
 * Lets every change of the page’s looks be there at once. What is looked at is how it comes to rest; on the way there, each
 * of hundreds of elements would be drawn and tell of its end in a dozen frames. For all that the page loads from now on.
 */
export async function withoutTransitions(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, ::before, ::after { transition: none !important; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
}
