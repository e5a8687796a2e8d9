/** Languages that every text of the app exists in. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** What the person can choose: the system's language, or always the same one. */
export type LanguageSetting = 'system' | Language;

/** The language and, where the system names one for it, the region: `de-AT` writes numbers otherwise than `de`. */
let locale: string = 'en';

/** The locale by which texts, numbers and dates are made right now, as a BCP 47 tag. */
export function currentLocale(): string {
  return locale;
}

/** The language of `currentLocale`. */
export function currentLanguage(): Language {
  return languageOf(locale) ?? 'en';
}

/** From now on, texts are made by this locale; whatever shows older ones has to be drawn again. */
export function setLocale(tag: string): void {
  locale = tag;
}

/**
 * What `make` makes by another locale than the present one: on a server, each page is in the language of its reader. Only for
 * what is made at once, so that nobody else’s text is made meanwhile.
 */
export function inLocale<Made>(tag: string, make: () => AtOnce<Made>): Made {
  const before = locale;
  locale = tag;
  try {
    return make();
  } finally {
    locale = before;
  }
}

/**
 * The locale for a setting on a system that prefers `preferred`, best first. A system that prefers none of our languages
 * gets English.
 */
export function localeFor(setting: LanguageSetting, preferred: readonly string[]): string {
  const known = preferred.map(asLocale).filter((tag) => tag !== null);
  if (setting === 'system') return known.find((tag) => languageOf(tag) !== null) ?? 'en';
  return known.find((tag) => languageOf(tag) === setting) ?? setting;
}

/** What is there when it is made, and not later. */
export type AtOnce<Made> = Made extends PromiseLike<unknown> ? never : Made;

/** Which way a locale is written. */
export function directionOf(tag: string): 'ltr' | 'rtl' {
  return /^(?:ar|dv|fa|he|ku|ps|sd|ug|ur|yi)(?:-|$)/i.test(tag) ? 'rtl' : 'ltr';
}

function languageOf(tag: string): Language | null {
  const [name] = tag.toLowerCase().split('-');
  return languages.find((language) => language === name) ?? null;
}

/** As BCP 47 writes what a system says (`de_AT.UTF-8` of `LANG` is `de-AT`); null for `C`, `POSIX` and nonsense. */
function asLocale(text: string): string | null {
  const tag = text.replace(/[.@].*$/, '').replaceAll('_', '-');
  if (/^(?:c|posix)?$/i.test(tag)) return null;
  try {
    return new Intl.Locale(tag).baseName;
  } catch {
    return null;
  }
}
