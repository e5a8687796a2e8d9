import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BreakGlassWorld, PersonBrowser, startBreakGlassWorld } from './break-glass-world.ts';
import { createTestClient } from './test-client.ts';

let world: BreakGlassWorld;
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  world = await startBreakGlassWorld({ two_persons: true }, {}, (closer) => (close = closer));
});
afterAll(() => close());

/** What a browser with this `Accept-Language` gets. */
async function ask(path: string, language: string | null) {
  const url = path.startsWith('http') ? path : `${world.issuer}/${path}`;
  const response = await fetch(url, { headers: language === null ? {} : { 'accept-language': language } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Texts of a page, without its code. */
const textsOf = (html: string): string =>
  html
    .replaceAll(/<(?:svg|script|style)\b.*?<\/(?:svg|script|style)>/gs, '')
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll(/\s*\n\s*/g, '\n');

/** English that these pages have, and German hasn’t. */
const english = /\b(?:the|and|of|with|sign|sign-in|your|can’t|this|enter|needed)\b/i;

describe('the pages of emergency sign-in', () => {
  it('are each in German for who wants that, and have the same policy', async () => {
    const pages = [
      [(await createTestClient(world.issuer)).authorizeUrl(), 'Notfall-Anmeldung bei Example Company'],
      [`${world.issuer}/approve`, 'Eine zweite Person genehmigt eine Notfall-Anmeldung'],
      [world.invite('kim'), 'Passkey oder Sicherheitsschlüssel für das Notfall-Konto'],
      [world.invite('sam'), 'Passphrase, mindestens 16 Zeichen'],
      [`${world.issuer}/nothing`, 'Unter dieser Adresse hat das Relay nichts.'],
      [`${world.issuer}/authorize?state=a&state=b`, 'Die Anfrage nennt „state“ mehrfach.'],
    ] as const;
    for (const [url, words] of pages) {
      const [german, plain] = [await ask(url, 'de-AT, en;q=0.5'), await ask(url, null)];
      expect(german.text).toContain('<html lang="de">');
      expect(textsOf(german.text)).toContain(words);
      expect(textsOf(german.text)).not.toMatch(english);
      expect(plain.text).toContain('<html lang="en">');
      expect(textsOf(plain.text)).toMatch(english);
      for (const { headers } of [german, plain]) {
        expect(headers.get('vary')).toBe('Accept-Language');
        expect(headers.get('content-security-policy')).toBe(
          "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        );
      }
      expect([german.headers.get('content-language'), plain.headers.get('content-language')]).toEqual(['de', 'en']);
      expect(german.status).toBe(plain.status);
    }
  });

  it('say in German also what the page’s script says', async () => {
    const { text } = await ask((await createTestClient(world.issuer)).authorizeUrl(), 'de');
    expect(text).toContain('data-waits="Warten auf Ihren Passkey oder Sicherheitsschlüssel …"');
    expect((await ask('page.js', 'de')).text).not.toMatch(/Waiting|enrolled|can’t|wasn’t/);
  });

  it('show nothing of the header', async () => {
    const hostile = 'de-"><script>alert(1)</script>, de-x-canary';
    const { text, headers } = await ask('nothing', hostile);
    expect(headers.get('content-language')).toBe('de');
    expect(text + JSON.stringify([...headers])).not.toMatch(/alert|canary/);
    expect((await ask('nothing', `de-x-canary, ${'q'.repeat(12_000)}`)).text).not.toMatch(/canary|qq/);
  });

  it('refuse in German, also while pages in English are made', async () => {
    const person = new PersonBrowser(world);
    await person.open((await createTestClient(world.issuer)).authorizeUrl());
    const post = async (language: string): Promise<string> => {
      const headers = { origin: world.relayUrl, 'accept-language': language };
      return (await person.post('prove', { flow: 'none' }, headers)).text;
    };
    const languages = ['de', 'en', 'de-CH', 'fr', 'de', 'en'];
    const texts = await Promise.all(languages.map(post));
    expect(texts.map((text) => /wurde schon verwendet|was used already/.exec(text)?.[0])).toEqual(
      languages.map((language) => (language.startsWith('de') ? 'wurde schon verwendet' : 'was used already')),
    );
  });
});
