import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { importJWK, SignJWT, type JWK } from 'jose';
import type { Provider } from 'oidc-provider';
import { demoPassword, demoPeople } from './demo-people.ts';
import { answerInteraction } from './idp-interaction.ts';
import { noCounts, type IdpCounts, type IdpOptions } from './idp-options.ts';
import { freePort } from '../free-port.ts';
import { createProvider, desktopClientId, introspectionClient, newIdpSecrets, newSigningKey } from './idp-provider.ts';
import { IdpMemory } from './memory-adapter.ts';

/** How the provider behaves as a machine: `refuse` closes the port, `hang` never answers, `error` says 503. */
export type IdpAvailability = 'up' | 'refuse' | 'hang' | 'error';

/** Settings of one token made by `mintAccessToken`. */
export interface MintedToken {
  readonly user: string;
  /** Lifetime in seconds, counted from `now`; default as configured. */
  readonly expiresInSeconds?: number;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A running identity provider with its controls. */
export interface Idp {
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
  readonly port: number;
  readonly password: string;
  readonly introspectionClient: typeof introspectionClient;
  readonly counts: IdpCounts;
  resetCounts(): void;
  /** Changes options while it runs; sessions, grants and keys stay. */
  reconfigure(change: Partial<IdpOptions>): void;
  /** Signs with a new key from now on; `keepOld: false` also withdraws the old ones at once. */
  rotateKeys(options?: { keepOld?: boolean }): Promise<void>;
  setAvailability(availability: IdpAvailability): Promise<void>;
  /** Signs an access token without a sign-in, as the token endpoint would for that person. */
  mintAccessToken(options: MintedToken): Promise<string>;
  /** Ends all refresh tokens, access tokens and sessions, as an administrator would. */
  forgetEverybody(): void;
  /** Ends a person's refresh and access tokens, as an administrator would; the session at the provider stays. */
  endGrantsOf(user: string): void;
  /** How much the provider remembers of a person. */
  remembered(user: string, kind: 'RefreshToken' | 'Session'): number;
  close(): Promise<void>;
}

export interface StartIdpOptions extends Partial<IdpOptions> {
  /** Port on 127.0.0.1; 0 or none picks a free one. */
  readonly port?: number;
  /** Address that it listens on, where not on 127.0.0.1 alone; it is 127.0.0.1 to its callers all the same. */
  readonly host?: string;
  /** Clock for minted tokens, milliseconds since the epoch. */
  readonly now?: () => number;
  /** Speaks https with this certificate (PEM). */
  readonly tls?: IdpTls;
}

/** TLS of the provider. Certificates of clients must come from `clientCa`. */
export interface IdpTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
  /**
   * `aliases`: a second port demands certificates, and the metadata names it for what clients ask (RFC 8705 §5), so that
   * browsers need none. `everywhere`: every connection needs one.
   */
  readonly clientCertificates?: 'aliases' | 'everywhere';
}

const defaults: IdpOptions = {
  audience: 'https://relay.example.com',
  accessTokenFormat: 'jwt',
  accessTokenSeconds: 600,
  refreshTokenSeconds: 86_400,
  rotateRefreshTokens: true,
  par: 'on',
  dpop: 'on',
  deviceFlow: true,
  services: [],
  endSession: true,
  revocation: true,
  signingAlgorithm: 'ES256',
  metadata: {},
  redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
  people: demoPeople,
  deniedUsers: [],
  accessTokenClaims: {},
  accessTokenType: 'at+jwt',
  clockOffsetMs: 0,
  acrs: ['pwd', 'mfa'],
  signedInSecondsAgo: 0,
  certificateBound: false,
  certificateNames: {},
  backchannelLogout: null,
  consoleOrigin: null,
};

async function listen(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function shut(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function serverFor(tls: IdpTls | undefined, demandsCertificates: boolean, listener: Listener): Server {
  if (tls === undefined) return createServer(listener);
  const clients = demandsCertificates ? { requestCert: true, rejectUnauthorized: true, ca: tls.clientCa } : {};
  return createTlsServer({ cert: tls.cert, key: tls.key, ...clients }, listener);
}

/** Starts the demo company's identity provider on 127.0.0.1: OpenID Connect by `oidc-provider`, over HTTP or TLS. */
export async function startIdp(start: StartIdpOptions = {}): Promise<Idp> {
  // A port that nobody else gets while the provider is away.
  const { port: wantedPort = await freePort(), now = Date.now, host, tls, ...given } = start;
  let options: IdpOptions = { ...defaults, ...given };
  let keys: JWK[] = [await newSigningKey(options.signingAlgorithm)];
  let counts = noCounts();
  let availability: IdpAvailability = 'up';
  const memory = new IdpMemory();
  const secrets = newIdpSecrets();

  const server = serverFor(tls, tls?.clientCertificates === 'everywhere', (...exchange) => answer(...exchange));
  const port = await listen(server, wantedPort, host);
  const issuer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const forCertificates =
    tls?.clientCertificates === 'aliases' ? serverFor(tls, true, (...exchange) => answer(...exchange)) : null;
  const certificateOrigin = forCertificates === null ? null : `https://127.0.0.1:${await listen(forCertificates, 0)}`;
  let provider: Provider;
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  const rebuild = (): void => {
    provider = createProvider(issuer, options, keys, memory, secrets, () => counts, certificateOrigin);
    handle = provider.callback();
  };
  rebuild();

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (availability === 'hang') return;
    if (availability === 'error') {
      response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '5' }).end('down for maintenance\n');
      return;
    }
    const done = request.url?.startsWith('/interaction/')
      ? answerInteraction(provider, options, request, response)
      : handle(request, response);
    done.catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  return {
    issuer,
    port,
    clientId: desktopClientId,
    get audience() {
      return options.audience;
    },
    password: demoPassword,
    introspectionClient,
    get counts() {
      return counts;
    },
    resetCounts() {
      counts = noCounts();
    },
    reconfigure(change) {
      options = { ...options, ...change };
      rebuild();
    },
    async rotateKeys({ keepOld = true } = {}) {
      const fresh = await newSigningKey(options.signingAlgorithm);
      keys = keepOld ? [fresh, ...keys] : [fresh];
      rebuild();
    },
    async setAvailability(next) {
      if (availability === next) return;
      availability = next;
      if (next === 'refuse') await shut(server);
      else {
        server.closeAllConnections();
        if (!server.listening) await listen(server, port, host);
      }
    },
    async mintAccessToken({ user, expiresInSeconds = options.accessTokenSeconds, claims = {}, header = {} }) {
      const person = options.people.find((candidate) => candidate.user === user);
      const key = keys[0];
      if (person === undefined || key?.alg === undefined) throw new Error(`There is no demo person ${user}`);
      const issuedAt = Math.floor((now() + options.clockOffsetMs) / 1000);
      const payload = {
        iss: issuer,
        sub: user,
        aud: options.audience,
        client_id: desktopClientId,
        jti: crypto.randomUUID(),
        iat: issuedAt,
        exp: issuedAt + expiresInSeconds,
        auth_time: issuedAt,
        scope: 'openid profile email groups',
        name: person.name,
        email: person.email,
        preferred_username: user,
        groups: [...person.groups],
        ...options.accessTokenClaims,
        ...claims,
      };
      return new SignJWT(payload)
        .setProtectedHeader({ typ: options.accessTokenType, kid: key.kid ?? '', ...header, alg: key.alg })
        .sign(await importJWK(key, key.alg));
    },
    forgetEverybody() {
      memory.records.clear();
    },
    endGrantsOf(user) {
      for (const [key, { accountId }] of memory.records)
        if (accountId === user && /^(?:AccessToken|RefreshToken|Grant):/u.test(key)) memory.records.delete(key);
    },
    remembered(user, kind) {
      return [...memory.records].filter(([key, { accountId }]) => key.startsWith(`${kind}:`) && accountId === user)
        .length;
    },
    async close() {
      await Promise.all([shut(server), forCertificates === null ? undefined : shut(forCertificates)]);
    },
  };
}
