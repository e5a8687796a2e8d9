import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What is sent, where it isn’t the usual. Undefined members are left out of the token. */
export interface SetParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey;
}

/** A transmitter of security events (SSF 1.0) on loopback. */
export interface TestTransmitter {
  readonly url: string;
  /** A signed token with these events, by their types. */
  set(events: Readonly<Record<string, object>>, parts?: SetParts): Promise<string>;
  /** Offers a token to who polls, until it is acknowledged or refused. */
  offer(jti: string, token: string): void;
  forget(jti: string): void;
  readonly acknowledged: readonly string[];
  readonly refused: ReadonlyMap<string, { readonly err: string }>;
  /** Answers of polls from now on; null for as it should be. */
  broken: ((response: ServerResponse) => void) | null;
  /** Whether what is acknowledged or refused is offered again all the same. */
  isDeaf: boolean;
  polls: number;
  close(): Promise<void>;
}

export const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
export const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
export const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/';
export const pollSecret = 'a-poll-secret-of-some-length';

/** Starts it for one audience. */
export async function startTransmitter(audience: string): Promise<TestTransmitter> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const offered = new Map<string, string>();
  const acknowledged: string[] = [];
  const refused = new Map<string, { readonly err: string }>();
  let didOffer = Promise.withResolvers<void>();

  const poll = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    transmitter.polls += 1;
    if (transmitter.broken !== null) return transmitter.broken(response);
    if (request.headers.authorization !== `Bearer ${pollSecret}`) return void response.writeHead(401).end();
    const asked = JSON.parse(await text(request)) as {
      readonly ack?: readonly string[];
      readonly setErrs?: Readonly<Record<string, { readonly err: string }>>;
      readonly returnImmediately?: boolean;
    };
    for (const jti of asked.ack ?? []) {
      acknowledged.push(jti);
      if (!transmitter.isDeaf) offered.delete(jti);
    }
    for (const [jti, problem] of Object.entries(asked.setErrs ?? {})) {
      refused.set(jti, problem);
      if (!transmitter.isDeaf) offered.delete(jti);
    }
    if (offered.size === 0 && asked.returnImmediately === false)
      await Promise.race([didOffer.promise, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ sets: Object.fromEntries(offered), moreAvailable: false }));
  };
  const server = createServer((request, response) => {
    if (request.url === '/poll') void poll(request, response).catch(() => response.destroy());
    else {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` }),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transmitter: TestTransmitter = {
    url,
    acknowledged,
    refused,
    broken: null,
    isDeaf: false,
    polls: 0,
    set(events, { header = {}, claims = {}, key = privateKey } = {}) {
      const payload = {
        iss: url,
        aud: audience,
        jti: crypto.randomUUID(),
        iat: Math.floor(Date.now() / 1000),
        events,
        ...claims,
      };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'secevent+jwt', ...header })
        .sign(key);
    },
    offer(jti, token) {
      offered.set(jti, token);
      didOffer.resolve();
      didOffer = Promise.withResolvers();
    },
    forget: (jti) => void offered.delete(jti),
    async close() {
      didOffer.resolve();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return transmitter;
}
