import { afterEach, describe, expect, test } from 'vitest';
import { currentLanguage, directionOf, localeFor, setLocale } from '../../../shared/messages/language.ts';
import { makeTexts } from '../../../shared/messages/make-texts.ts';

afterEach(() => setLocale('en'));

const text = makeTexts({
  en: {
    'a.plain': 'Sign in',
    'a.named': 'Sign in to {relay}',
    'a.counted': '{count, plural, one {# request} other {# requests}} to {api}',
  },
  de: {
    'a.plain': 'Anmelden',
    'a.named': 'Bei {relay} anmelden',
    'a.counted': '{count, plural, one {# Anfrage} other {# Anfragen}} an {api}',
  },
});

describe('which language', () => {
  test.each([
    ['system', [], 'en'],
    ['system', ['C'], 'en'],
    ['system', ['POSIX'], 'en'],
    ['system', ['not a tag!'], 'en'],
    ['system', ['fr-FR', 'ja'], 'en'],
    ['system', ['fr-FR', 'de-CH', 'en-US'], 'de-CH'],
    ['system', ['de_AT.UTF-8'], 'de-AT'],
    ['system', ['en_GB.UTF-8@euro'], 'en-GB'],
    ['system', ['DE'], 'de'],
    ['system', ['den'], 'en'],
    ['de', ['en-US'], 'de'],
    ['de', ['en-US', 'de-AT'], 'de-AT'],
    ['en', ['de-DE'], 'en'],
    ['en', ['de-DE', 'en-IE'], 'en-IE'],
  ] as const)('%s on a system that prefers %j is %s', (setting, preferred, locale) => {
    expect(localeFor(setting, preferred)).toBe(locale);
  });

  test.each([
    ['de-AT', 'ltr'],
    ['en', 'ltr'],
    ['ar-EG', 'rtl'],
    ['he', 'rtl'],
    ['hu', 'ltr'],
  ])('%s is written %s', (locale, direction) => {
    expect(directionOf(locale)).toBe(direction);
  });
});

describe('a text', () => {
  test('is made in the language of the moment, with its region’s numbers', () => {
    expect(text('a.counted', { count: 2623, api: 'Orders' })).toBe('2,623 requests to Orders');
    setLocale('de-DE');
    expect(currentLanguage()).toBe('de');
    expect(text('a.plain')).toBe('Anmelden');
    expect(text('a.counted', { count: 1, api: 'Orders' })).toBe('1 Anfrage an Orders');
    expect(text('a.counted', { count: 2623, api: 'Orders' })).toBe('2.623 Anfragen an Orders');
  });

  test('takes braces, tags and dollar signs of a value as they are', () => {
    expect(text('a.named', { relay: '{count} <b>$& ’' })).toBe('Sign in to {count} <b>$& ’');
  });

  test('comes in parts for a screen that puts something of its own inside', () => {
    const inside = { element: true };
    expect(text.parts('a.named', { relay: inside })).toEqual(['Sign in to ', inside]);
    expect(text.parts('a.plain')).toEqual(['Sign in']);
    setLocale('de');
    expect(text.parts('a.named', { relay: inside })).toEqual(['Bei ', inside, ' anmelden']);
  });

  test('can’t be asked for without its values, nor with wrong ones', () => {
    // Compile-time: each line is an error, else the types say so.
    const wrong = (): unknown => [
      // @ts-expect-error -- no such message
      text('a.unknown'),
      // @ts-expect-error -- a value is missing
      text('a.named'),
      // @ts-expect-error -- a count is a number
      text('a.counted', { count: '2', api: 'Orders' }),
      // @ts-expect-error -- it takes none
      text('a.plain', { relay: 'Acme' }),
    ];
    expect(wrong).toBeTypeOf('function');
  });

  test('can’t be left out of a translation', () => {
    const wrong = (): unknown =>
      makeTexts({
        en: { 'a.one': 'One' },
        // @ts-expect-error -- German lacks it
        de: {},
      });
    expect(wrong).toBeTypeOf('function');
  });
});
