import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An issuer of two documents, whose tokens say whatever a test wants. */
export interface Issuer {
  readonly url: string;
  /** Signs an access token of the named person; it ends after `lifetimeSeconds`. An undefined claim is left out. */
  token(person: string, lifetimeSeconds?: number, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs a logout token that signs the named person out everywhere. */
  logoutToken(person: string): Promise<string>;
  /** From now on another key signs, under another name, and only that one is published. */
  rotateKey(): Promise<void>;
  close(): Promise<void>;
}

/** Starts an issuer on loopback for one audience. */
export async function startIssuer(audience: string): Promise<Issuer> {
  const makeKey = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
  };
  let key = await makeKey('one');
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(request.url === '/jwks' ? { keys: [key.jwk] } : { issuer: url, jwks_uri: `${url}/jwks` }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async token(person, lifetimeSeconds = 3600, claims = {}) {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const usual = {
        preferred_username: person,
        groups: ['developers'],
        client_id: 'causeway',
        jti: crypto.randomUUID(),
      };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' })
        .setIssuer(typeof claims['iss'] === 'string' ? claims['iss'] : url)
        .setAudience(audience)
        .setSubject(`subject-${person}`)
        .setIssuedAt(nowSeconds + Math.min(0, lifetimeSeconds) - 1)
        .setExpirationTime(nowSeconds + lifetimeSeconds)
        .sign(key.privateKey);
    },
    logoutToken: (person) =>
      new SignJWT({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'logout+jwt' })
        .setIssuer(url)
        .setAudience('causeway')
        .setSubject(`subject-${person}`)
        .setIssuedAt()
        .setJti(crypto.randomUUID())
        .sign(key.privateKey),
    async rotateKey() {
      key = await makeKey(crypto.randomUUID());
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
