import { acceptedLanguage } from '../../shared/messages/accepted-language.ts';
import { type AtOnce, inLocale } from '../../shared/messages/language.ts';

/** Headers of each page that is in the language of its reader: caches keep one for each (RFC 9110 §12.5.5). */
export interface ReaderHeaders {
  readonly 'Content-Language': string;
  readonly Vary: 'Accept-Language';
}

/**
 * A page in the language that the browser asks for, with the headers that say so.
 * @param accepted the request’s `Accept-Language`; nothing of it comes into the page
 * @param make makes it at once
 */
export function forReader<Page>(
  accepted: string | undefined,
  make: () => AtOnce<Page>,
): { readonly page: Page; readonly headers: ReaderHeaders } {
  const language = acceptedLanguage(accepted);
  return { page: inLocale(language, make), headers: { 'Content-Language': language, Vary: 'Accept-Language' } };
}
