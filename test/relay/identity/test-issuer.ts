import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { configSchema, type IssuerConfig } from '../../../relay/config/config-schema.ts';
import { createAuthenticator, type AuthenticatorOptions } from '../../../relay/identity/create-authenticator.ts';
import type { Authenticator, Credentials } from '../../../relay/identity/identity.ts';

export const audience = 'https://relay.example';

/** A key pair with the public part as it stands in a JWKS. */
export interface TestKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

const made = new Map<string, Promise<{ privateKey: CryptoKey; publicJwk: JWK }>>();

/** Keys are made once per name, because RSA takes long. */
export async function testKey(alg: string, kid: string = alg): Promise<TestKey> {
  const name = `${alg} ${kid}`;
  const making =
    made.get(name) ??
    generateKeyPair(alg, { extractable: true }).then(async ({ privateKey, publicKey }) => ({
      privateKey,
      publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    }));
  made.set(name, making);
  return { alg, kid, ...(await making) };
}

/** An OpenID provider of two documents on loopback; what it answers can be changed while it runs. */
export interface TestIssuer {
  readonly url: string;
  keys: JWK[];
  metadata: Record<string, unknown>;
  down: boolean;
  /** Header of every answer, where it isn’t empty. */
  cacheControl: string;
  /** Paths asked for, in order. */
  readonly requests: string[];
  /** Resolves when the key document has been asked for `count` times in all. */
  didAskForKeys(count: number): Promise<void>;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function startIssuer(keys: readonly TestKey[]): Promise<TestIssuer> {
  const requests: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    if (issuer.cacheControl !== '') response.setHeader('cache-control', issuer.cacheControl);
    if (issuer.down) response.writeHead(503).end();
    else if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify(issuer.metadata));
    else if (request.url === '/jwks') response.end(JSON.stringify({ keys: issuer.keys }));
    else response.writeHead(404).end();
    const asked = requests.filter((path) => path === '/jwks').length;
    for (const { count, resolve } of waiting) if (asked >= count) resolve();
  });
  const url = await listen(server);
  const issuer: TestIssuer = {
    url,
    keys: keys.map(({ publicJwk }) => publicJwk),
    metadata: { issuer: url, jwks_uri: `${url}/jwks` },
    down: false,
    cacheControl: '',
    requests,
    didAskForKeys: (count) =>
      new Promise((resolve) => {
        if (requests.filter((path) => path === '/jwks').length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
  return issuer;
}

/** A server that nobody may ever ask for anything. */
export async function startCanary(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end(JSON.stringify({ keys: [] }));
  });
  return { url: await listen(server), requests };
}

/** The config of an issuer as the YAML would give it, defaults filled in. */
export function issuerConfig(issuer: string, given: Partial<IssuerConfig> = {}): IssuerConfig {
  const config = configSchema.parse({
    relay: { name: 'Test', url: audience },
    issuers: [{ name: 'Test IdP', issuer, client_id: 'causeway', audience, ...given }],
    apis: [],
  });
  return config.issuers[0] as IssuerConfig;
}

/** Collects what is logged, at the finest level. */
export function collectingLog(): { readonly log: AuthenticatorOptions['log']; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }), lines };
}

export function openAuthenticator(
  issuers: AuthenticatorOptions['issuers'],
  given: Partial<AuthenticatorOptions> = {},
): ReturnType<typeof createAuthenticator> {
  const { log } = collectingLog();
  const authenticator = createAuthenticator({ issuers, relayUrl: audience, maxTokenBytes: 16_384, log, ...given });
  onTestFinished(() => authenticator.close());
  return authenticator;
}

/** Claims to put in or, when undefined, to leave out. */
export type ClaimChanges = Readonly<Record<string, unknown>>;

export function claimsFor(issuer: string, nowMs: number, given: ClaimChanges = {}): JWTPayload {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: 'subject-alice',
    preferred_username: 'alice',
    groups: ['developers', 'sre'],
    client_id: 'causeway',
    jti: 'token-1',
    iat: nowSeconds,
    exp: nowSeconds + 300,
    ...given,
  };
}

/** Signs claims as an access token; header members can be overridden. */
export function signToken(
  key: TestKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
    .sign(key.privateKey);
}

export function bearer(token: string): Credentials {
  return { scheme: 'bearer', token, dpopProof: undefined, method: 'GET', url: `${audience}/v1/catalog` };
}

export function authenticateBearer(
  authenticator: Authenticator,
  token: string,
): ReturnType<Authenticator['authenticate']> {
  return authenticator.authenticate(bearer(token));
}
