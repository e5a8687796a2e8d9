import { escapeHtml } from '../../shared/escape-html.ts';
import type { ValuesArgument } from '../../shared/messages/message-arguments.ts';
import { type pagesEn, pageText } from './page-text.ts';

/** Text in an element, which a sentence has in its midst. */
export interface Markup {
  readonly html: string;
}

/** @param element its name, and its attributes where it has some */
export function markup(element: 'b' | 'code' | `span class="${string}"` | `a href="${string}"`, text: string): Markup {
  return { html: `<${element}>${escapeHtml(text)}</${element.split(' ')[0] ?? ''}>` };
}

/** A text of the pages as HTML: what isn’t an element is escaped. */
export function pageHtml<Id extends keyof typeof pagesEn>(
  id: Id,
  ...values: ValuesArgument<(typeof pagesEn)[Id], Markup>
): string {
  const parts = pageText.parts<Markup, Id>(id, ...values);
  return parts.map((part) => (typeof part === 'string' ? escapeHtml(part) : part.html)).join('');
}
