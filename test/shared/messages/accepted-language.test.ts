import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptedLanguage } from '../../../shared/messages/accepted-language.ts';
import { currentLocale, inLocale, languages } from '../../../shared/messages/language.ts';

describe('the language of a page', () => {
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['de-Latn-AT-1996', 'de'],
    ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4', 'de'],
    ['fr, ja;q=0.9', 'en'],
    ['en;q=0.2, de;q=0.3', 'de'],
    ['en;q=0.30, de;q=0.299', 'en'],
    ['de;q=1.000 , en', 'de'],
    ['en, de', 'en'],
    ['de ;\tq=0.4,en; q=0.3', 'de'],
    // No weight is no: also of what another range would let in.
    ['de;q=0', 'en'],
    ['de;q=0.000, *', 'en'],
    ['en;q=0, *', 'de'],
    ['en;q=0, *;q=0', 'en'],
    ['*', 'en'],
    ['*;q=0.1, de;q=0.5', 'de'],
    ['de;q=0.1, *;q=0.5', 'en'],
    ['de-AT;q=0, de', 'de'],
    // Other languages that begin alike.
    ['den', 'en'],
    ['des-DE', 'en'],
    // What can’t be read is left out, and the rest counts.
    ['de;q=2', 'en'],
    ['de;q=-1', 'en'],
    ['de;q=0.1234, en;q=0.1', 'en'],
    ['de;q=', 'en'],
    ['de;q=0,9', 'en'],
    ['de;level=1', 'en'],
    ['d e', 'en'],
    ['de--AT', 'en'],
    ['de_AT', 'en'],
    ['<script>alert(1)</script>, de', 'de'],
    [',,, ,de,', 'de'],
    ['*-AT', 'en'],
    ['"de"', 'en'],
  ])('asked for as %j is %s', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language);
  });

  test('is found in the beginning of a very long header, whose last part may be cut', () => {
    expect(acceptedLanguage(`de, ${'en;q=0.1, '.repeat(100_000)}`)).toBe('de');
    expect(acceptedLanguage(`${'x'.repeat(100_000)}, de`)).toBe('en');
    // “en;q=0.900” would be read as “en” if the cut came after two letters.
    const before = `de;q=0.5, ${'x, '.repeat(400)}`.slice(0, 998);
    expect(acceptedLanguage(`${before}en;q=0.1`)).toBe('de');
  });

  test('is one of ours and found at once, whatever the header says', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5000, unit: 'binary' }), (header) => {
        const began = performance.now();
        expect(languages).toContain(acceptedLanguage(header));
        expect(performance.now() - began).toBeLessThan(500);
      }),
    );
    for (const hostile of ['-a'.repeat(8000), 'de;q=0.'.repeat(2000), ' ;\t'.repeat(5000), `a${'-a'.repeat(8000)};`])
      expect(acceptedLanguage(hostile)).toBe('en');
  });
});

describe('a text for one reader', () => {
  test('is made in their language, and nobody else’s', () => {
    const inside = inLocale('de', () => `${currentLocale()} ${inLocale('en', currentLocale)} ${currentLocale()}`);
    expect([inside, currentLocale()]).toEqual(['de en de', 'en']);
  });

  test('leaves the language as it was also when it can’t be made', () => {
    const fail = (): string => {
      throw new Error('no text');
    };
    expect(() => inLocale('de', fail)).toThrow('no text');
    expect(currentLocale()).toBe('en');
  });

  test('is never one that is made later', () => {
    // @ts-expect-error -- by then, another locale is the present one
    const later = (): unknown => inLocale('de', () => Promise.resolve('late'));
    expect(later).toBeTypeOf('function');
  });
});
