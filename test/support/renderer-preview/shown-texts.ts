import type { Page } from 'playwright';

/** What people see on a page, from top to bottom, and each text that they hear or hover; no code. */
export interface ShownTexts {
  readonly seen: readonly string[];
  readonly said: readonly string[];
}

/** Reads them of the page as it is now. */
export function shownTextsOf(page: Page): Promise<ShownTexts> {
  return page.evaluate(shownTexts);
}

/** Runs in the page. */
function shownTexts(): ShownTexts {
  const attributes = ['aria-label', 'aria-description', 'aria-valuetext', 'alt', 'placeholder', 'title'];
  const isCode = (element: Element | null): boolean => element?.closest('code, pre, kbd, script, style') !== null;
  const elements = [...document.querySelectorAll('body, body *')].filter((element) => !isCode(element));
  const said = elements.flatMap((element) => attributes.flatMap((name) => element.getAttribute(name) ?? []));
  const seen: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (!isCode(node.parentElement)) seen.push(node.nodeValue ?? '');
  }
  return { seen, said };
}

/** Every string of a state, at any depth. */
export function dataOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(dataOf);
}
