import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../../relay/audit/reading/query-audit.ts';
import { ConsoleBrowser, type ConsoleRequest } from '../../../support/console-browser.ts';
import { type DemoWorld, startDemoWorld } from '../../../support/demo-world.ts';

const session = '__Host-causeway-console';
const pending = '__Host-causeway-console-sign-in';
const foreignId = 'A'.repeat(43);
let world: DemoWorld;

beforeAll(async () => {
  world = await startDemoWorld({ idp: { deniedUsers: ['bob'] } });
});
afterAll(() => world?.close());

const newBrowser = (): ConsoleBrowser => new ConsoleBrowser(world.adminUrl);
const signedIn = async (): Promise<ConsoleBrowser> => {
  const browser = newBrowser();
  const answer = await browser.signIn('dana');
  expect([answer.status, answer.headers.location]).toEqual([303, '/console/']);
  return browser;
};
const records = () => queryAudit(world.dataDir, { limit: 1000 }).map(({ record }) => record);
const refusals = (): readonly string[] =>
  records().flatMap((record) =>
    record.type === 'authentication-refused' ? [`${record.code} ${record.claimed?.subject ?? '-'}`] : [],
  );
const codeOf = (body: string): unknown => (JSON.parse(body) as { code?: unknown }).code;
const withParameter = (url: string, name: string, value: string | null): string => {
  const changed = new URL(url);
  if (value === null) changed.searchParams.delete(name);
  else changed.searchParams.set(name, value);
  return changed.href;
};
const me = (browser: ConsoleBrowser, asked?: ConsoleRequest) => browser.ask('/admin/v1/me', asked);

describe('a sign-in at the console', () => {
  it('gives a new session to an operator, and no token to the page', async () => {
    const browser = newBrowser();
    const begun = await browser.ask('/console/auth/start');
    expect(begun.headers['set-cookie']?.[0]).toMatch(
      /^__Host-causeway-console-sign-in=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const asked = new URL(begun.headers.location ?? '');
    expect(asked.searchParams.get('request_uri') ?? '').toMatch(/^urn:/);

    const callback = await browser.reachCallback('dana', '?to=%2Fconsole%2Faudit%3Fuser%3Dalice');
    const answer = await browser.deliver(callback);
    expect([answer.status, answer.headers.location]).toEqual([303, '/console/audit?user=alice']);
    expect(answer.headers['set-cookie']?.[1]).toMatch(
      /^__Host-causeway-console=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(browser.cookies.has(pending)).toBe(false);

    const shown = await me(browser);
    const body = JSON.parse(shown.text) as { name: string; roles: string[]; signIn: Record<string, unknown> };
    expect(body).toMatchObject({ name: 'dana (console)', roles: ['owner'], person: { subject: 'dana' } });
    expect(body.signIn).toMatchObject({ how: 'console', at: 'Example Company' });
    expect(shown.text + answer.text + JSON.stringify(answer.headers)).not.toContain('eyJ');
    expect(records().at(0)).toMatchObject({
      type: 'session',
      event: 'console-signed-in',
      caller: { username: 'dana' },
      detail: 'at Example Company, as owner',
    });
  });

  it('acts under the name of the person, with the console beside it', async () => {
    const browser = await signedIn();
    const added = await browser.ask('/admin/v1/locks', {
      method: 'POST',
      body: JSON.stringify({ group: 'nobody-has-it', reason: 'a test' }),
    });
    expect(added.status).toBe(200);
    await vi.waitFor(
      () => expect(records()).toContainEqual(expect.objectContaining({ type: 'lock', operator: 'dana (console)' })),
      10_000,
    );
  });

  it.each<[string, (callback: string, browser: ConsoleBrowser) => string | Promise<string>, number, string | null]>([
    ['without the cookie of this browser', (url, browser) => (browser.cookies.delete(pending), url), 400, null],
    [
      'with a cookie that nobody sealed',
      (url, browser) => (browser.cookies.set(pending, 'eyJhbGciOiJkaXIifQ.a.b.c.d'), url),
      400,
      null,
    ],
    ['with another state', (url) => withParameter(url, 'state', 'another'), 400, null],
    ['without a state', (url) => withParameter(url, 'state', null), 400, null],
    ['with a second code', (url) => `${url}&code=another`, 400, null],
    ['with code and error', (url) => `${url}&error=access_denied`, 400, null],
    ['without a code', (url) => withParameter(url, 'code', null), 400, 'sign-in-state-mismatch -'],
    [
      'of another issuer (RFC 9207)',
      (url) => withParameter(url, 'iss', 'https://evil.example'),
      400,
      'sign-in-state-mismatch -',
    ],
    [
      'of an issuer that isn’t named, though it names itself',
      (url) => withParameter(url, 'iss', null),
      400,
      'sign-in-state-mismatch -',
    ],
    [
      'with the code of another browser’s sign-in',
      async (url) => {
        const other = new URL(await newBrowser().reachCallback('dana'));
        return withParameter(url, 'code', other.searchParams.get('code'));
      },
      400,
      'sign-in-failed -',
    ],
    ['with the whole answer to another browser', () => newBrowser().reachCallback('dana'), 400, null],
  ])('refuses an answer %s', async (_what, change, status, recorded) => {
    const browser = newBrowser();
    const before = refusals();
    const answer = await browser.deliver(await change(await browser.reachCallback('dana'), browser));
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(browser.cookies.has(session)).toBe(false);
    const fresh = refusals().slice(0, refusals().length - before.length);
    expect(fresh).toEqual(recorded === null ? [] : [recorded]);
  });

  it('takes an answer once', async () => {
    const browser = newBrowser();
    const callback = await browser.reachCallback('dana');
    const sealed = browser.cookies.get(pending) ?? '';
    expect((await browser.deliver(callback)).status).toBe(303);
    const own = browser.cookies.get(session);
    browser.cookies.set(pending, sealed);
    expect((await browser.deliver(callback)).status).toBe(400);
    expect(browser.cookies.get(session)).toBe(own);
    expect((await me(browser)).status).toBe(200);
  });

  it('goes on after an answer that isn’t its own', async () => {
    const browser = newBrowser();
    const callback = await browser.reachCallback('dana');
    expect((await browser.deliver(withParameter(callback, 'state', 'another'))).status).toBe(400);
    expect((await browser.deliver(callback)).status).toBe(303);
  });

  it.each([
    ['POST', 404],
    ['PUT', 404],
    ['DELETE', 404],
    ['HEAD', 405],
  ])('isn’t finished by %s', async (method, status) => {
    const browser = newBrowser();
    const callback = await browser.reachCallback('dana');
    const answer = await browser.ask(callback.slice(world.adminUrl.length), { method });
    expect(answer.status).toBe(status);
    expect((await browser.deliver(callback)).status).toBe(303);
  });

  it.each<[string, string, number, string]>([
    ['who has no role', 'alice', 403, 'policy-denied alice'],
    ['whom the provider refuses', 'bob', 403, 'sign-in-denied -'],
  ])('refuses, with a record, somebody %s', async (_who, user, status, recorded) => {
    const browser = newBrowser();
    const answer = await browser.signIn(user);
    expect(answer.status).toBe(status);
    expect(browser.cookies.has(session)).toBe(false);
    expect(refusals()[0]).toBe(recorded);
  });

  it.each([
    'https://evil.example/console/',
    '//evil.example/console/',
    '/\\evil.example/console/',
    '/admin/v1/me',
    '/console/../admin/v1/me',
    '/console/auth/start',
    'javascript:alert(1)',
    `/console/${'x'.repeat(5000)}`,
  ])('never leads to %s afterwards', async (to) => {
    const browser = newBrowser();
    const answer = await browser.signIn('dana', `?to=${encodeURIComponent(to)}`);
    expect([answer.status, answer.headers.location]).toEqual([303, '/console/']);
  });

  it('takes no id that was there before, and ends the session that it takes the place of', async () => {
    const browser = newBrowser();
    browser.cookies.set(session, foreignId);
    await browser.signIn('dana');
    const first = browser.cookies.get(session) ?? '';
    expect(first).not.toBe(foreignId);
    const attacker = newBrowser();
    attacker.cookies.set(session, foreignId);
    expect((await me(attacker)).status).toBe(401);

    await browser.signIn('dana');
    expect(browser.cookies.get(session)).not.toBe(first);
    attacker.cookies.set(session, first);
    expect((await me(attacker)).status).toBe(401);
    expect((await me(browser)).status).toBe(200);
  });
});

describe('the console’s cookie', () => {
  const cookie = (value: string) => ({ headers: { cookie: `${session}=${value}` } });

  it.each<[string, ConsoleRequest]>([
    ['that is missing', {}],
    ['of no session', cookie(foreignId)],
    ['that is empty', cookie('')],
    ['that is oversized', cookie('a'.repeat(12_000))],
    ['with other characters', cookie('../../etc/passwd')],
    ['that is there twice', { headers: { cookie: `${session}=${foreignId}; ${session}=${foreignId}` } }],
  ])('%s is refused', async (_what, asked) => {
    const answer = await me(newBrowser(), asked);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('that is larger than any header is refused before it is looked at', async () => {
    expect((await me(newBrowser(), cookie('a'.repeat(70_000)))).status).toBe(431);
  });

  it('beside another one of its name is refused: one of them is a neighbour’s', async () => {
    const browser = await signedIn();
    const own = `${session}=${browser.cookies.get(session) ?? ''}`;
    expect((await me(browser, { headers: { cookie: `${own}; ${session}=${foreignId}` } })).status).toBe(401);
  });

  const port = (): string => new URL(world.adminUrl).port;
  it.each<[string, 'GET' | 'POST', () => ConsoleRequest['headers']]>([
    ['of a page of another port', 'GET', () => ({ 'sec-fetch-site': 'same-site' })],
    ['of another site', 'GET', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['that was typed in', 'GET', () => ({ 'sec-fetch-site': 'none' })],
    [
      'without any word of where it is from',
      'GET',
      () => ({ 'sec-fetch-site': undefined, 'x-causeway-console': undefined }),
    ],
    ['to another name of the host', 'GET', () => ({ host: `localhost:${port()}` })],
    ['to a rebound name', 'GET', () => ({ host: `evil.example:${port()}` })],
    ['without the header', 'POST', () => ({ 'x-causeway-console': undefined })],
    ['without an Origin', 'POST', () => ({ origin: undefined })],
    ['of another site’s form', 'POST', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['of a neighbour’s form', 'POST', () => ({ 'sec-fetch-site': 'same-site' })],
  ])('doesn’t count for a request %s (%s)', async (_what, method, headers) => {
    const browser = await signedIn();
    const path = method === 'GET' ? '/admin/v1/me' : '/admin/v1/locks';
    const body = method === 'GET' ? {} : { body: JSON.stringify({ group: 'nobody-has-it', reason: 'a test' }) };
    const answer = await browser.ask(path, { method, ...body, headers: { ...headers() } });
    expect([answer.status, codeOf(answer.text)]).toEqual([403, 'origin-not-allowed']);
    expect(refusals()[0]).toBe('origin-not-allowed dana');
    expect((await me(browser)).status).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])('doesn’t count for a page of %s', async (origin) => {
    const browser = await signedIn();
    for (const path of ['/admin/v1/locks', '/console/auth/sign-out']) {
      const answer = await browser.ask(path, { method: 'POST', body: '{}', headers: { origin } });
      expect([answer.status, codeOf(answer.text)]).toEqual([403, 'origin-not-allowed']);
      expect(refusals()[0]).toBe('origin-not-allowed dana');
    }
    expect((await me(browser)).status).toBe(200);
  });

  it('does no harm to a token, which counts alone', async () => {
    const browser = await signedIn();
    const headers = { authorization: 'Bearer nonsense' };
    expect((await me(browser, { headers })).status).toBe(401);
    const token = await world.idp.mintAccessToken({ user: 'dana' });
    const answer = await me(newBrowser(), { headers: { authorization: `Bearer ${token}` } });
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'dana (admin API)', signIn: { how: 'token' } });
  });
});

describe('the end of a session', () => {
  it('comes with the sign-out, which takes the tokens back and tells of the provider’s page', async () => {
    const browser = await signedIn();
    const stale = browser.cookies.get(session) ?? '';
    world.idp.resetCounts();
    const answer = await browser.ask('/console/auth/sign-out', { method: 'POST' });
    const { endSessionUrl } = JSON.parse(answer.text) as { endSessionUrl: string };
    expect(browser.cookies.has(session)).toBe(false);
    expect(new URL(endSessionUrl).origin).toBe(world.idp.issuer);
    expect(endSessionUrl).not.toContain('eyJ');
    expect(world.idp.counts.revocation).toBe(2);
    expect(records()[0]).toMatchObject({ type: 'session', event: 'console-signed-out', caller: { username: 'dana' } });

    browser.cookies.set(session, stale);
    const after = await me(browser);
    expect([after.status, codeOf(after.text)]).toEqual([401, 'sign-in-expired']);
    expect(browser.cookies.has(session)).toBe(false);
    expect(refusals()[0]).toBe('sign-in-expired dana');
  });

  it('comes when the provider has ended the sign-in, at the next renewal', async () => {
    world.idp.reconfigure({ accessTokenSeconds: 4 });
    const browser = await signedIn();
    world.idp.resetCounts();
    await vi.waitFor(
      async () => {
        expect((await me(browser)).status).toBe(200);
        expect(world.idp.counts.refreshes).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 200 },
    );
    world.idp.endGrantsOf('dana');
    await vi.waitFor(async () => expect(codeOf((await me(browser)).text)).toBe('sign-in-expired'), {
      timeout: 20_000,
      interval: 200,
    });
    world.idp.reconfigure({ accessTokenSeconds: 600 });
    expect(refusals()[0]).toBe('sign-in-expired dana');
  });

  it('waits while a lock keeps the person out, and comes back when it is gone', async () => {
    const browser = await signedIn();
    const asRoot = async (path: string, body: object): Promise<string> => {
      const sent = request({
        socketPath: join(world.dataDir, 'admin.sock'),
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      sent.end(JSON.stringify(body));
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return text(response);
    };
    const added = await asRoot('/admin/v1/locks', { person: 'dana', issuer: world.idp.issuer, reason: 'a test' });
    const { id } = (JSON.parse(added) as { lock: { id: string } }).lock;
    const patience = { timeout: 10_000, interval: 100 };
    await vi.waitFor(async () => expect(codeOf((await me(browser)).text)).toBe('locked'), patience);
    expect(refusals()[0]).toBe('locked dana');
    expect((await newBrowser().signIn('dana')).status).toBe(403);
    await asRoot(`/admin/v1/locks/${id}/remove`, { reason: 'a test' });
    await vi.waitFor(async () => expect((await me(browser)).status).toBe(200), patience);
  });

  it('comes for somebody who was revoked, cookie or not', async () => {
    const browser = await signedIn();
    const answer = await browser.ask('/admin/v1/people/revoke', {
      method: 'POST',
      body: JSON.stringify({ who: 'dana', issuer: world.idp.issuer, reason: 'a test' }),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(async () => expect((await me(browser)).status).toBe(401), { timeout: 10_000, interval: 100 });
    expect(refusals()[0]).toMatch(/ dana$/);
  });
});

it('is over, and no other begins, when the config has no console any more', async () => {
  // A token of the second in which dana was revoked is taken for one from before.
  const browser = await vi.waitFor(signedIn, { timeout: 10_000, interval: 500 });
  world.configure(({ admin, ...config }) => ({ ...config, admin: { ...admin, console: undefined } }));
  await vi.waitFor(async () => expect((await newBrowser().ask('/console/auth/start')).status).toBe(409), 10_000);
  await vi.waitFor(async () => expect((await me(browser)).status).toBe(401), 10_000);
  expect(JSON.parse((await newBrowser().ask('/console/auth/providers')).text)).toEqual({ providers: [] });
});

it('begins no more sign-ins for one address than it may', async () => {
  const browser = newBrowser();
  const statuses: number[] = [];
  for (let turn = 0; turn < 310; turn += 1)
    statuses.push((await browser.ask('/console/auth/start?provider=none')).status);
  expect(new Set(statuses)).toEqual(new Set([409, 429]));
});
