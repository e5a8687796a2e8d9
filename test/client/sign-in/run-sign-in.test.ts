import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../client/network/http-client.ts';
import { newFlowSecrets } from '../../../client/sign-in/authorization-request.ts';
import { discoverProvider } from '../../../client/provider/discover-provider.ts';
import { runSignIn, type SignedIn } from '../../../client/sign-in/run-sign-in.ts';
import { freePort } from '../../support/free-port.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';

let idp: Idp;
let relay: SmallRelay;
let http: HttpClient;
let opened: URL[];

beforeEach(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId });
  http = createHttpClient();
  opened = [];
});

afterEach(async () => {
  await http.close();
  await relay.close();
  await idp.close();
});

function signIn(
  change: {
    relayUrl?: string;
    appVersion?: string;
    decision?: 'deny';
    timeoutMs?: number;
    onStep?: (status: string) => void;
  } = {},
): Promise<SignedIn> {
  return runSignIn({
    relayUrl: change.relayUrl ?? relay.url,
    appVersion: change.appVersion ?? '0.1.0',
    http,
    openBrowser: async (url) => {
      opened.push(new URL(url));
      await signInWithoutBrowser(url, { user: 'alice', ...(change.decision ? { decision: change.decision } : {}) });
    },
    onStep: ({ status }) => change.onStep?.(status),
    signal: new AbortController().signal,
    timeoutMs: change.timeoutMs ?? 60_000,
    now: Date.now,
  });
}

async function issuer(change: Parameters<typeof startSmallRelay>[0]): Promise<void> {
  await relay.close();
  relay = await startSmallRelay({ issuer: idp.issuer, clientId: idp.clientId, ...change });
}

const failures: readonly {
  readonly name: string;
  readonly code: string;
  readonly given: () => Promise<unknown> | void;
  readonly detail?: RegExp;
  readonly opens?: boolean;
  readonly timeoutMs?: number;
}[] = [
  {
    name: 'nothing listens at the relay’s address',
    code: 'relay-unreachable',
    detail: /nothing listens/,
    given: () => relay.close(),
  },
  {
    name: 'the relay answers 503 until the time is over',
    code: 'relay-not-ready',
    given: () => relay.answer({ discoveryStatus: 503 }),
    timeoutMs: 2_000,
  },
  { name: 'the relay answers 404', code: 'relay-not-causeway', given: () => relay.answer({ discoveryStatus: 404 }) },
  {
    name: 'the document is another one',
    code: 'relay-not-causeway',
    given: () => relay.answer({ discovery: { issuers: [] } }),
  },
  {
    name: 'the relay’s clock is 5 minutes ahead',
    code: 'clock-skew',
    detail: /5 minutes behind/,
    given: () => relay.answer({ clockOffsetMs: 300_000 }),
  },
  {
    name: 'the relay’s clock is 5 minutes behind',
    code: 'clock-skew',
    detail: /5 minutes ahead/,
    given: () => relay.answer({ clockOffsetMs: -300_000 }),
  },
  {
    name: 'the relay wants a newer client',
    code: 'client-too-old',
    given: () => relay.answer({ discovery: { minimumClientVersion: '0.2.0', howToUpdate: 'Ask the help desk.' } }),
  },
  { name: 'the provider doesn’t listen', code: 'idp-unreachable', given: () => idp.setAvailability('refuse') },
  {
    name: 'the provider answers 503',
    code: 'idp-unreachable',
    detail: /HTTP 503/,
    given: () => idp.setAvailability('error'),
  },
  {
    name: 'the provider names another issuer',
    code: 'issuer-mismatch',
    given: () => idp.reconfigure({ metadata: { issuer: 'https://evil.example' } }),
  },
  {
    name: 'the configured issuer differs by a slash',
    code: 'issuer-mismatch',
    given: () => issuer({ issuer: `${idp.issuer}/` }),
  },
  {
    name: 'the issuer uses plain http elsewhere',
    code: 'idp-misconfigured',
    detail: /must use https/,
    given: () => issuer({ issuer: 'http://idp.example.com' }),
  },
  {
    name: 'the token endpoint uses plain http elsewhere',
    code: 'idp-misconfigured',
    given: () => idp.reconfigure({ metadata: { token_endpoint: 'http://idp.example.com/token' } }),
  },
  {
    name: 'the provider offers only plain PKCE',
    code: 'idp-misconfigured',
    detail: /S256/,
    given: () => idp.reconfigure({ metadata: { code_challenge_methods_supported: ['plain'] } }),
  },
  {
    name: 'DPoP is required but not offered',
    code: 'idp-misconfigured',
    detail: /DPoP/,
    given: async () => {
      idp.reconfigure({ dpop: 'off' });
      await issuer({ dpop: 'required' });
    },
  },
  {
    name: 'the client is unknown to the provider',
    code: 'idp-misconfigured',
    given: () => issuer({ clientId: 'somebody-else' }),
  },
  {
    name: 'the redirect address isn’t registered',
    code: 'redirect-mismatch',
    given: () => idp.reconfigure({ redirectUris: ['http://127.0.0.1/elsewhere'] }),
  },
  {
    name: 'the person is refused',
    code: 'sign-in-denied',
    opens: true,
    given: () => idp.reconfigure({ deniedUsers: ['alice'] }),
  },
];

test.each(failures)('when $name the sign-in ends with $code', async ({ code, given, detail, opens, timeoutMs }) => {
  await given();
  const error: unknown = await signIn(timeoutMs === undefined ? {} : { timeoutMs }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'AccessError', code });
  if (detail) expect(String(error)).toMatch(detail);
  expect(opened).toHaveLength(opens ? 1 : 0);
  expect(idp.counts.codeExchanges).toBe(0);
});

test('a relay that is still starting is asked again until it is ready', async () => {
  relay.answer({ discoveryStatus: 503 });
  const steps: string[] = [];
  const signedIn = signIn({ onStep: (status) => steps.push(status) });
  await relay.didAnswer(2);
  expect(steps).toEqual(['contacting']);
  relay.answer({ discoveryStatus: 200 });
  await expect(signedIn).resolves.toBeDefined();
});

test('a clock within the leeway of 60 s is fine', async () => {
  relay.answer({ clockOffsetMs: 58_000 });
  await expect(signIn()).resolves.toBeDefined();
});

test('pressing cancel at the provider is a denied sign-in', async () => {
  await expect(signIn({ decision: 'deny' })).rejects.toMatchObject({ code: 'sign-in-denied' });
});

test('the request carries PKCE S256, state, nonce and DPoP binding, and is pushed when the provider takes that', async () => {
  const { tokens } = await signIn();
  const provider = await discoverProvider(tokens.issuer, http);
  expect(provider).toMatchObject({ pushesRequests: true, proofAlgorithm: 'ES256', callbackCarriesIss: true });
  expect(idp.counts.par).toBe(1);
  expect([...(opened[0]?.searchParams.keys() ?? [])].sort()).toEqual(['client_id', 'request_uri']);
  expect(tokens).toMatchObject({ scheme: 'dpop', generation: 1, ended: null });
  expect(tokens.refreshToken).toBeTypeOf('string');
});

test('without pushed requests the same parameters go through the browser', async () => {
  idp.reconfigure({ par: 'off' });
  await signIn();
  const sent = Object.fromEntries(opened[0]?.searchParams ?? []);
  expect(sent).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    dpop_jkt: expect.stringMatching(/^[\w-]{43}$/),
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
  });
});

test('a provider that wants its own nonce in DPoP proofs gets it', async () => {
  idp.reconfigure({ dpop: 'nonce' });
  expect((await signIn()).tokens.scheme).toBe('dpop');
});

test('without DPoP at the provider the tokens are bearer tokens and no key is kept', async () => {
  idp.reconfigure({ dpop: 'off' });
  expect((await signIn()).tokens).toMatchObject({ scheme: 'bearer', proofKey: null });
});

test('a configured resource is asked for', async () => {
  await issuer({ resource: 'https://relay.example.com' });
  idp.reconfigure({ par: 'off' });
  await signIn();
  expect(opened[0]?.searchParams.get('resource')).toBe('https://relay.example.com');
});

test('listed redirect ports are tried in order, and all of them taken is an error of its own', async () => {
  // Is free for a moment below, and must be nobody's else then.
  const port = await freePort();
  const squatter = createServer().listen(0, '127.0.0.1');
  const second = createServer().listen(port, '127.0.0.1');
  await Promise.all([once(squatter, 'listening'), once(second, 'listening')]);
  const taken = (squatter.address() as AddressInfo).port;
  const soonFree = (second.address() as AddressInfo).port;
  try {
    await issuer({ redirectPorts: [taken, soonFree] });
    await expect(signIn()).rejects.toMatchObject({ code: 'port-taken' });
    second.close();
    await once(second, 'close');
    idp.reconfigure({ par: 'off' });
    await signIn();
    expect(opened[0]?.searchParams.get('redirect_uri')).toBe(`http://127.0.0.1:${soonFree}/callback`);
  } finally {
    squatter.close();
  }
});

test('10,000 flows share no verifier, state or nonce, and each holds 256 bits', () => {
  const seen = new Set<string>();
  for (let flow = 0; flow < 10_000; flow += 1) {
    const { verifier, state, nonce } = newFlowSecrets();
    for (const value of [verifier, state, nonce]) {
      expect(Buffer.from(value, 'base64url')).toHaveLength(32);
      seen.add(value);
    }
  }
  expect(seen.size).toBe(30_000);
});
