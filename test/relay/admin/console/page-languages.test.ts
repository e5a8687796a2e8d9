import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminEnv } from '../../../../relay/admin/admin-env.ts';
import { choicePage, problemPage } from '../../../../relay/admin/console/console-pages.ts';
import { answerPage, problemWords } from '../../../../relay/admin/console/page-answer.ts';
import { consoleHeaders, serveConsole } from '../../../../relay/admin/console/serve-console.ts';
import { PageError } from '../../../../relay/page-texts/page-error.ts';
import { pageText } from '../../../../relay/page-texts/page-text.ts';
import { AccessError } from '../../../../shared/errors.ts';
import { ConsoleBrowser } from '../../../support/console-browser.ts';

let origin = '';
const app = new Hono<AdminEnv>();
app.use('/console/*', consoleHeaders());
const said = new PageError('sign-in-state-mismatch', () => pageText('console.refused.over'));
const technical = new AccessError('idp-misconfigured', 'Example names no jwks_uri that begins with https://.');
app.get('/console/auth/said', (context) => answerPage(context, () => problemPage(problemWords(said)), 403));
app.get('/console/auth/technical', (context) => answerPage(context, () => problemPage(problemWords(technical)), 502));
app.get('/console/auth/choice', (context) =>
  answerPage(context, () => choicePage([{ name: '<i>One</i>', start: '/console/auth/start' }]), 200),
);
serveConsole(app, { files: () => null, origin: () => origin });
const server = createAdaptorServer({ fetch: app.fetch });

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const ask = (path: string, language: string, headers = {}) =>
  new ConsoleBrowser(origin).ask(path, { headers: { 'accept-language': language, ...headers } });

describe('the pages in place of the console', () => {
  it.each([
    ['/console/', {}, 'Die Konsole ist noch nicht gebaut', 'Führen Sie dort <code>npm run build:console</code> aus'],
    ['/console/', { host: 'evil.example' }, 'Die Konsole hat eine andere Adresse', 'setzen Sie <code>admin.url</code>'],
    ['/console/auth/choice', {}, 'Wo melden Sie sich an?', '&lt;i&gt;One&lt;/i&gt;'],
    [
      '/console/auth/said',
      {},
      'Die Antwort gehört zu einem anderen Anmeldeversuch',
      'Die Anmeldung wurde schon beendet',
    ],
    ['/console/auth/said', {}, 'Die Antwort gehört zu einem anderen Anmeldeversuch', '>Zur Konsole</a>'],
  ])('say what %s is in German (%j)', async (path, others, title, words) => {
    const { headers, text } = await ask(path, 'de-DE,de;q=0.9,en;q=0.8', others);
    expect(text).toContain('<html lang="de">');
    expect(text).toContain(`<h1>${title}</h1>`);
    expect(text).toContain(words);
    expect([headers['content-language'], headers.vary]).toEqual(['de', 'Accept-Language']);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  });

  it('are in English for everybody else, and then nothing needs a mark', async () => {
    const { headers, text } = await ask('/console/auth/technical', 'fr;q=1, *;q=0.5');
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<p>Example names no jwks_uri that begins with https://.</p>');
    expect([headers['content-language'], headers.vary]).toEqual(['en', 'Accept-Language']);
  });

  it('mark a detail that there is in English only', async () => {
    const { text } = await ask('/console/auth/technical', 'de');
    expect(text).toContain('<h1>Der Anmeldedienst ist nicht für Causeway eingerichtet</h1>');
    expect(text).toContain('<p lang="en">Example names no jwks_uri');
  });
});
