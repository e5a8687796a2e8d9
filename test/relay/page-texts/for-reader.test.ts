import { describe, expect, it } from 'vitest';
import { currentLocale } from '../../../shared/messages/language.ts';
import { forReader } from '../../../relay/page-texts/for-reader.ts';
import { markup, pageHtml } from '../../../relay/page-texts/markup.ts';
import { PageError } from '../../../relay/page-texts/page-error.ts';
import { pageText } from '../../../relay/page-texts/page-text.ts';

describe('a page for its reader', () => {
  it.each([
    ['de-AT,de;q=0.9', 'de', 'Anmeldung'],
    ['fr', 'en', 'Signing in'],
    [undefined, 'en', 'Signing in'],
  ])('asked for in %s is in %s, and says so', (accepted, language, words) => {
    expect(forReader(accepted, () => `${currentLocale()}: ${pageText('bridge.signing-in')}`)).toEqual({
      page: `${language}: ${words}`,
      headers: { 'Content-Language': language, Vary: 'Accept-Language' },
    });
  });

  it('counts and writes numbers as its language does', () => {
    const said = (): string =>
      [1, 2, 4321].map((count) => pageText('break-glass.refused.wait-minutes', { count })).join(' ');
    expect(forReader('de', said).page).toMatch(/1 Minute und .* 2 Minuten und .* 4\.321 Minuten und/);
    expect(forReader('en', said).page).toMatch(/1 minute, .* 2 minutes, .* 4,321 minutes, /);
  });
});

describe('what comes into a page', () => {
  it('is text, whatever it holds', () => {
    expect(pageHtml('break-glass.sign-in', { relay: '<b>"{relay}" & co</b>' })).toBe(
      'Emergency sign-in to &lt;b&gt;&quot;{relay}&quot; &amp; co&lt;/b&gt;',
    );
    const about = pageHtml('break-glass.enrol.passphrase', { account: markup('b', '<i>kim</i>') });
    expect(about).toContain('account <b>&lt;i&gt;kim&lt;/i&gt;</b>.');
  });
});

describe('a failure that a page tells', () => {
  it('is English for records and logs, and in the reader’s language for the reader', () => {
    const error = new PageError('rate-limited', () => pageText('console.refused.turns', { count: 4321 }));
    expect(error.message).toBe('At most 4,321 steps of sign-ins a minute come from one address.');
    expect(forReader('de', error.sentence).page).toContain('höchstens 4.321 Anmeldeschritte');
  });
});
