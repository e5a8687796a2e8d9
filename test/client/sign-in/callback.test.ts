import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { networkInterfaces } from 'node:os';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../client/network/http-client.ts';
import { runSignIn, type SignedIn } from '../../../client/sign-in/run-sign-in.ts';
import { AccessError } from '../../../shared/errors.ts';
import type { SignInState } from '../../../shared/snapshot.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { reachCallback } from '../../support/sign-in-without-browser.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';

let idp: Idp;
let relay: SmallRelay;
let http: HttpClient;
let stop: AbortController;

beforeEach(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  http = createHttpClient();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort(new AccessError('sign-in-cancelled', 'The test is over.'));
  await http.close();
  await relay.close();
  await idp.close();
});

interface Waiting {
  /** The provider's true answer for this flow, not yet delivered. */
  readonly answer: URL;
  readonly outcome: Promise<SignedIn>;
  readonly steps: SignInState[];
}

/** Begins a sign-in and lets the person through at the provider, but keeps the provider's answer back. */
async function waitingSignIn(timeoutMs = 60_000): Promise<Waiting> {
  const opened = Promise.withResolvers<string>();
  const steps: SignInState[] = [];
  const outcome = runSignIn({
    relayUrl: relay.url,
    appVersion: '0.1.0',
    http,
    openBrowser: async (url) => opened.resolve(url),
    onStep: (step) => steps.push(step),
    signal: stop.signal,
    timeoutMs,
    now: Date.now,
  });
  outcome.catch(opened.reject);
  const answer = new URL(await reachCallback(await opened.promise, { user: 'alice' }));
  return { answer, outcome, steps };
}

/** One with as short a limit as this machine can begin a sign-in within. */
async function soonOver(limitMs = 300): Promise<Waiting> {
  try {
    return await waitingSignIn(limitMs);
  } catch (error) {
    if (limitMs > 20_000 || !(error instanceof AccessError) || error.code !== 'sign-in-timed-out') throw error;
    return soonOver(4 * limitMs);
  }
}

async function send(
  url: URL,
  options: { method?: string; host?: string; path?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  const call = request({
    host: url.hostname,
    port: url.port,
    method: options.method ?? 'GET',
    path: options.path ?? `${url.pathname}${url.search}`,
    headers: { ...options.headers, host: options.host ?? url.host },
    agent: false,
  });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
}

function changed(url: URL, change: (parameters: URLSearchParams) => void): URL {
  const copy = new URL(url);
  change(copy.searchParams);
  return copy;
}

const badCallbacks: readonly {
  readonly name: string;
  readonly status: number;
  readonly send: (answer: URL) => ReturnType<typeof send>;
}[] = [
  { name: 'no state', status: 400, send: (a) => send(changed(a, (p) => p.delete('state'))) },
  { name: 'a wrong state', status: 400, send: (a) => send(changed(a, (p) => p.set('state', 'x'.repeat(43)))) },
  { name: 'two states', status: 400, send: (a) => send(changed(a, (p) => p.append('state', 'second'))) },
  { name: 'a wrong iss', status: 400, send: (a) => send(changed(a, (p) => p.set('iss', 'https://evil.example'))) },
  {
    name: 'an iss that differs by a slash',
    status: 400,
    send: (a) => send(changed(a, (p) => p.set('iss', `${p.get('iss')}/`))),
  },
  { name: 'no iss although it is promised', status: 400, send: (a) => send(changed(a, (p) => p.delete('iss'))) },
  { name: 'code twice', status: 400, send: (a) => send(changed(a, (p) => p.append('code', 'other'))) },
  {
    name: 'code and error together',
    status: 400,
    send: (a) => send(changed(a, (p) => p.set('error', 'access_denied'))),
  },
  { name: 'neither code nor error', status: 400, send: (a) => send(changed(a, (p) => p.delete('code'))) },
  { name: 'an empty code', status: 400, send: (a) => send(changed(a, (p) => p.set('code', ''))) },
  {
    name: 'an attacker’s code with his own state',
    status: 400,
    send: (a) =>
      send(
        changed(a, (p) => {
          p.set('code', 'stolen');
          p.set('state', 'his-own');
        }),
      ),
  },
  { name: 'POST', status: 405, send: (a) => send(a, { method: 'POST' }) },
  { name: 'HEAD', status: 405, send: (a) => send(a, { method: 'HEAD' }) },
  { name: 'OPTIONS', status: 405, send: (a) => send(a, { method: 'OPTIONS' }) },
  { name: 'another path', status: 404, send: (a) => send(a, { path: `/other${a.search}` }) },
  { name: 'a longer path', status: 404, send: (a) => send(a, { path: `/callback/${a.search}` }) },
  { name: 'the path in another case', status: 404, send: (a) => send(a, { path: `/Callback${a.search}` }) },
  { name: 'the name localhost', status: 421, send: (a) => send(a, { host: `localhost:${a.port}` }) },
  { name: 'a rebound name', status: 421, send: (a) => send(a, { host: `evil.example:${a.port}` }) },
  { name: 'the host without its port', status: 421, send: (a) => send(a, { host: '127.0.0.1' }) },
  { name: 'an absolute-form target', status: 404, send: (a) => send(a, { path: a.href }) },
  {
    name: 'an error of another flow with HTML',
    status: 400,
    send: (a) =>
      send(
        changed(a, (p) => {
          p.delete('code');
          p.set('state', 'no');
          p.set('error', 'x');
          p.set('error_description', '<script>alert(1)</script>');
        }),
      ),
  },
];

test.each(badCallbacks)('a callback with $name gets an error page, and the flow goes on unharmed', async (bad) => {
  const { answer, outcome } = await waitingSignIn();
  const page = await bad.send(answer);
  expect(page.status).toBe(bad.status);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['cache-control']).toBe('no-store');
  expect(page.body).not.toContain('<script');
  expect(page.body.length).toBeLessThan(4_000);
  expect(idp.counts.token).toBe(0);
  expect((await send(answer)).status).toBe(200);
  expect((await outcome).tokens.accessToken).not.toBe('');
});

test('an error description with HTML is shown escaped, and ends the flow', async () => {
  const { answer, outcome } = await waitingSignIn();
  const refused = expect(outcome).rejects.toMatchObject({ code: 'sign-in-denied' });
  const page = await send(
    changed(answer, (p) => {
      p.delete('code');
      p.set('error', 'access_denied');
      p.set('error_description', '<img src=x onerror=alert(1)>');
    }),
  );
  expect(page.body).not.toContain('<img');
  expect(page.body).toContain('&lt;img');
  expect(idp.counts.token).toBe(0);
  await refused;
});

test('there is one answer: afterwards nothing listens on the port, and the page says that it can be closed', async () => {
  const { answer, outcome, steps } = await waitingSignIn();
  const page = await send(answer);
  expect(page.body).toContain('You’re signed in');
  expect(page.body).toContain('close this tab');
  await outcome;
  await expect(send(answer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(steps.map((step) => step.status)).toEqual(['contacting', 'waiting-for-browser', 'finishing']);
});

test('the same answer several times leads to one code exchange, and each page says how it ended', async () => {
  const { answer, outcome } = await waitingSignIn();
  const pages = await Promise.allSettled([send(answer), send(answer), send(answer)]);
  expect(pages.filter((page) => page.status === 'fulfilled' && page.value.status === 200)).toHaveLength(3);
  await outcome;
  expect(idp.counts.token).toBe(1);
});

test.each([
  { 'sec-purpose': 'prefetch' },
  { 'sec-purpose': 'prefetch;prerender' },
  { purpose: 'prefetch' },
  { 'x-moz': 'prefetch' },
  { 'x-purpose': 'preview' },
])('a page that the browser loads ahead (%o) uses nothing up: the visible one comes through', async (headers) => {
  const { answer, outcome } = await waitingSignIn();
  expect((await send(answer, { headers })).status).toBe(503);
  expect(idp.counts.token).toBe(0);
  expect((await send(answer)).body).toContain('You’re signed in');
  await outcome;
});

test('a page that is loaded ahead without saying so, and dropped, leaves the last word for the visible one', async () => {
  const { answer, outcome } = await waitingSignIn();
  const ahead = connect({ host: '127.0.0.1', port: Number(answer.port) });
  await once(ahead, 'connect');
  ahead.end(`GET ${answer.pathname}${answer.search} HTTP/1.1\r\nHost: ${answer.host}\r\n\r\n`, () => ahead.destroy());
  await waitFor(() => expect(idp.counts.token).toBe(1));
  expect((await send(answer)).body).toContain('You’re signed in');
  await outcome;
});

test('the callback port is open only during the flow, on 127.0.0.1 only', async () => {
  const { answer, outcome } = await waitingSignIn();
  const port = Number(answer.port);
  expect(answer.hostname).toBe('127.0.0.1');
  expect(port).toBeGreaterThan(1023);
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4');
  for (const host of ['::1', '127.0.0.2', ...others.map((address) => address?.address ?? '')]) {
    const probe = connect({ host, port });
    await expect(once(probe, 'connect')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  }
  stop.abort(new AccessError('sign-in-cancelled', 'Stopped.'));
  await expect(outcome).rejects.toMatchObject({ code: 'sign-in-cancelled' });
  await expect(send(answer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('after the time limit the sign-in ends, and a late answer finds nothing', async () => {
  const { answer, outcome } = await soonOver();
  await expect(outcome).rejects.toMatchObject({ code: 'sign-in-timed-out' });
  await expect(send(answer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(idp.counts.token).toBe(0);
});

test('a code that the provider doesn’t know ends the flow with words, not with tokens', async () => {
  const { answer, outcome } = await waitingSignIn();
  const failed = expect(outcome).rejects.toMatchObject({ code: 'sign-in-failed' });
  const page = await send(changed(answer, (p) => p.set('code', 'made-up')));
  expect(page.status).toBe(400);
  await failed;
});
