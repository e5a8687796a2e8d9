import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A client of the relay’s own sign-in that can do each step wrongly. */
export interface TestClient {
  readonly verifier: string;
  /** The address to open, with other parameters where they are given; null leaves one out. */
  authorizeUrl(changes?: Readonly<Record<string, string | null>>): string;
  /** Sends a code to the token endpoint. */
  redeem(
    code: string,
    changes?: Readonly<Record<string, string>>,
    proof?: string | null,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** A proof (RFC 9449 §4) for a request, with the access token’s hash where there is one. */
  proof(method: string, url: string, token?: string): Promise<string>;
}

export const redirectUri = 'http://127.0.0.1:49152/callback';

export async function createTestClient(issuer: string): Promise<TestClient> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const jkt = await calculateJwkThumbprint(jwk);
  const verifier = randomBytes(32).toString('base64url');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
  const proof = (method: string, url: string, token?: string): Promise<string> =>
    new SignJWT({ htm: method, htu: url, jti: randomUUID(), ...(token === undefined ? {} : { ath: sha256(token) }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
  return {
    verifier,
    proof,
    authorizeUrl(changes = {}) {
      const wanted = new URLSearchParams({
        client_id: 'causeway',
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid',
        state: 'a state',
        nonce: 'a nonce',
        code_challenge: sha256(verifier),
        code_challenge_method: 'S256',
        dpop_jkt: jkt,
      });
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) wanted.delete(name);
        else wanted.set(name, value);
      }
      return `${issuer}/authorize?${wanted}`;
    },
    async redeem(code, changes = {}, given) {
      const url = `${issuer}/token`;
      const sent = given === undefined ? await proof('POST', url) : given;
      const response = await fetch(url, {
        method: 'POST',
        headers: sent === null ? {} : { dpop: sent },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: 'causeway',
          redirect_uri: redirectUri,
          code,
          code_verifier: verifier,
          ...changes,
        }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
}
