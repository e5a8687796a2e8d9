import { createIntl, createIntlCache, type IntlShape } from '@formatjs/intl';
import { currentLanguage, currentLocale, type Language } from './language.ts';
import type { ValuesArgument } from './message-arguments.ts';

/** Messages in ICU syntax by id; an id begins with the area that it belongs to. */
export type Messages = Readonly<Record<string, string>>;

/** The same messages in another language: none missing, none too many. */
export type Translation<English extends Messages> = Readonly<Record<keyof English, string>>;

/** Makes texts of a catalog in the present language. */
export interface Texts<English extends Messages> {
  <Id extends keyof English & string>(id: Id, ...values: ValuesArgument<English[Id]>): string;
  /** The text in parts, so that a screen can put parts of its own into the sentence, where the language wants them. */
  parts<Inline, Id extends keyof English & string>(
    id: Id,
    ...values: ValuesArgument<English[Id], Inline>
  ): readonly (string | Inline)[];
}

/** Texts from a catalog in every language; each message is parsed when it is first needed. */
export function makeTexts<const English extends Messages>(
  catalogs: { readonly en: English } & Record<Exclude<Language, 'en'>, Translation<English>>,
): Texts<English> {
  const known = new Map<string, IntlShape>();
  const intl = (): IntlShape => {
    const locale = currentLocale();
    const made = known.get(locale) ?? createIntl({ locale, messages: catalogs[currentLanguage()] }, createIntlCache());
    known.set(locale, made);
    return made;
  };
  const text = (id: string, values?: Record<string, string | number>): string => intl().formatMessage({ id }, values);
  const parts = (id: string, values?: Record<string, unknown>): readonly unknown[] => {
    const made: unknown = intl().formatMessage({ id }, values as Record<string, string>);
    return Array.isArray(made) ? made : [made];
  };
  return Object.assign(text, { parts }) as Texts<English>;
}
