import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forReader } from '../../../relay/page-texts/for-reader.ts';
import { postPage, signOutPage } from '../../../relay/saml/bridge-pages.ts';
import { wordsOf } from './bridge-client.ts';
import { type SamlWorld, startSamlWorld } from './saml-world.ts';

let world: SamlWorld;
beforeAll(async () => {
  world = await startSamlWorld();
});
afterAll(() => world.close());

async function ask(path: string, language: string, body?: URLSearchParams) {
  const headers = { 'accept-language': language };
  const response = await fetch(`${world.issuer}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  return { headers: response.headers, text: await response.text() };
}

describe('the pages of the SAML bridge', () => {
  it.each<[what: string, path: string, german: string, body?: URLSearchParams]>([
    [
      'an address that only forms come to',
      '/acs',
      'Öffnen Sie diese Adresse nur von einer Seite des Anmeldedienstes aus.',
    ],
    ['a page that is too old', '/interaction/gone', 'wurde in einem anderen Browser geöffnet'],
    [
      'an answer that nobody asked for',
      '/acs',
      'Die Antwort gehört zu keiner laufenden Anmeldung (RelayState)',
      new URLSearchParams({ SAMLResponse: 'AAAA', RelayState: 'x' }),
    ],
    [
      'a message that can’t be read',
      '/slo?SAMLRequest=AAAA',
      'Schlägt es wieder fehl, zeigen Sie der IT, was unten steht.',
    ],
    ['a request that the provider refuses', '/auth?client_id=nobody', 'zeigen Sie der IT, was unten steht.'],
  ])('answer %s in German', async (_what, path, german, body) => {
    const { headers, text } = await ask(path, 'de-AT,de;q=0.9,en;q=0.1', body);
    expect(text).toContain('<html lang="de">');
    expect(text).toContain('<h1>Diese Anmeldung geht nicht weiter</h1>');
    expect(wordsOf(text)).toContain(german);
    expect([headers.get('content-language'), headers.get('vary')]).toEqual(['de', 'Accept-Language']);
    const nonce = /<style nonce="([^"]+)"/.exec(text)?.[1] ?? 'none';
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`,
    );
  });

  it('mark what IT is to read as English', async () => {
    const { text } = await ask('/slo?SAMLRequest=AAAA', 'de');
    expect(text).toMatch(/<p class="detail" lang="en">[^<]*isn’t signed/);
  });

  it('sign in and out in German', () => {
    const form = '<form method="post" action="/confirm"><input type="hidden" name="xsrf" value="$&"></form>';
    const out = forReader('de', () => signOutPage(form)).page.body;
    expect(out).toContain('<h1>Abmeldung</h1>');
    expect(out).toContain('value="$&"><input type="hidden" name="logout" value="yes"><button>Abmelden</button></form>');
    const post = forReader('de', () => postPage('https://idp.example', { RelayState: 'a"b' })).page.body;
    expect(post).toContain('Die Anmeldeseite Ihres Unternehmens öffnet sich.');
    expect(post).toContain('<button>Weiter</button>');
    expect(post).toContain('value="a&quot;b"');
  });
});
