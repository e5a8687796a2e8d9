import { Response } from 'undici';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../client/network/http-client.ts';
import { runSignIn, type SignedIn, type SignInRequest } from '../../../client/sign-in/run-sign-in.ts';
import type { SignInState } from '../../../shared/snapshot.ts';
import { AccessError } from '../../../shared/errors.ts';
import { approveDevice } from '../../support/approve-device.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';

vi.setConfig({ testTimeout: 120_000 });

type Waiting = Extract<SignInState, { status: 'waiting-for-browser' }>;

let idp: Idp;
let relay: SmallRelay;
let real: HttpClient;
let http: HttpClient;
/** When the token endpoint was asked, and how often it still says “slow down”. */
let askedAtMs: number[];
let slowDowns: number;

const json = { 'content-type': 'application/json' };

/** The real network, with an `interval` of a second in place of the provider’s five, and “slow down” on demand. */
const brisk: HttpClient['fetch'] = async (url, init) => {
  if (new URL(url).pathname === '/token') {
    askedAtMs.push(performance.now());
    if (slowDowns > 0) {
      slowDowns -= 1;
      return new Response('{"error":"slow_down"}', { status: 400, headers: json });
    }
  }
  const response = await real.fetch(url, init);
  if (new URL(url).pathname !== '/device/auth') return response;
  const body = (await response.json()) as object;
  return new Response(JSON.stringify({ ...body, interval: 1 }), { status: response.status, headers: json });
};

beforeEach(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  real = createHttpClient();
  http = { fetch: brisk, close: () => real.close() };
  askedAtMs = [];
  slowDowns = 0;
});

afterEach(async () => {
  await http.close();
  await relay.close();
  await idp.close();
});

function signIn(change: Partial<SignInRequest> = {}): { done: Promise<SignedIn>; waiting: Promise<Waiting> } {
  const waiting = Promise.withResolvers<Waiting>();
  const done = runSignIn({
    relayUrl: relay.url,
    appVersion: '0.1.0',
    http,
    openBrowser: async () => waiting.reject(new Error('A browser was opened')),
    onStep: (step) => {
      if (step.status === 'waiting-for-browser') waiting.resolve(step);
    },
    signal: new AbortController().signal,
    timeoutMs: 90_000,
    now: Date.now,
    method: 'device',
    ...change,
  });
  return { done, waiting: waiting.promise };
}

test('a provider without the device flow is named, and nothing waits', async () => {
  idp.reconfigure({ deviceFlow: false });
  await expect(signIn().done).rejects.toMatchObject({
    code: 'idp-misconfigured',
    message: expect.stringContaining('RFC 8628'),
  });
});

test('when the person refuses on the other device, the sign-in is denied', async () => {
  const { done, waiting } = signIn();
  const outcome = expect(done).rejects.toMatchObject({ code: 'sign-in-denied' });
  const { url, userCode = '' } = await waiting;
  await approveDevice(url, { user: 'alice', userCode, decision: 'deny' });
  await outcome;
});

test('a code that nobody enters in time ends the sign-in', async () => {
  await expect(signIn({ timeoutMs: 1_500 }).done).rejects.toMatchObject({
    code: 'sign-in-timed-out',
    message: 'The code wasn’t entered within 1 minute.',
  });
});

test('cancelling ends the waiting at once', async () => {
  const controller = new AbortController();
  const { done, waiting } = signIn({ signal: controller.signal });
  const outcome = expect(done).rejects.toMatchObject({ code: 'sign-in-cancelled' });
  await waiting;
  controller.abort(new AccessError('sign-in-cancelled', 'You stopped it.'));
  await outcome;
});

test('a provider that asks to slow down is asked five seconds less often, and then gives tokens', async () => {
  slowDowns = 1;
  const { done, waiting } = signIn();
  const { url, userCode = '' } = await waiting;
  await approveDevice(url, { user: 'alice', userCode });
  await done;
  expect(askedAtMs.length).toBeGreaterThanOrEqual(2);
  expect((askedAtMs[1] ?? 0) - (askedAtMs[0] ?? 0)).toBeGreaterThan(5_900);
});

test('with the code entered, the tokens are the person’s, bound by DPoP, and can be renewed', async () => {
  const { done, waiting } = signIn();
  const step = await waiting;
  expect(step).toMatchObject({ url: `${idp.issuer}/device`, userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/) });
  expect(await approveDevice(step.url, { user: 'alice', userCode: step.userCode ?? '' })).toContain('Signed in');
  const { tokens } = await done;
  expect(tokens).toMatchObject({ scheme: 'dpop', proofKey: { algorithm: 'ES256' }, generation: 1 });
  expect(tokens.refreshToken).toBeTypeOf('string');
});
