import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { importJWK, type JWK } from 'jose';
import { type ClientAuth, ClientSecretPost, PrivateKeyJwt } from 'openid-client';
import { AccessError } from '../../shared/errors.ts';

/**
 * How a service, with no person, proves who it is. What is secret is read anew at each renewal, so that it can be
 * replaced while Causeway runs.
 */
export type ServiceCredentials =
  | { readonly type: 'client-secret'; readonly clientId: string; readonly scope?: string; readonly read: ReadText }
  /** Private key, PEM (PKCS #8) or JWK, for `private_key_jwt` (RFC 7523 §2.2). */
  | { readonly type: 'client-key'; readonly clientId: string; readonly scope?: string; readonly read: ReadText }
  /** A workload’s JWT, such as a projected Kubernetes token, that the provider takes for the client (RFC 7523 §2.2). */
  | { readonly type: 'client-assertion'; readonly clientId: string; readonly scope?: string; readonly read: ReadText }
  /** A JWT that the relay itself takes as the access token. */
  | { readonly type: 'token'; readonly read: ReadText };

/** Gives the present text of a secret. @throws AccessError `bad-input` when it can’t be had */
export type ReadText = () => Promise<string>;

/** Reads a file at each call; `secret` refuses one that other users of this computer can read. */
export function textFile(path: string, kind: 'secret' | 'token'): ReadText {
  return async () => {
    try {
      if (kind === 'secret' && process.platform !== 'win32' && ((await stat(path)).mode & 0o007) !== 0) {
        throw new AccessError('bad-input', `${path} can be read by other users. Run: chmod o= ${path}`);
      }
      const text = (await readFile(path, 'utf8')).trim();
      if (text !== '') return text;
    } catch (cause) {
      if (cause instanceof AccessError) throw cause;
      throw new AccessError('bad-input', `The file ${path} can’t be read: ${(cause as Error).message}.`, { cause });
    }
    throw new AccessError('bad-input', `The file ${path} is empty.`);
  };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The client authentication that the credentials stand for. @throws AccessError `bad-input` when they can’t be read */
export async function clientAuthOf(credentials: Exclude<ServiceCredentials, { type: 'token' }>): Promise<ClientAuth> {
  const text = await credentials.read();
  switch (credentials.type) {
    case 'client-secret':
      return ClientSecretPost(text);
    case 'client-key':
      return PrivateKeyJwt(await signingKey(text));
    case 'client-assertion':
      return (_provider, client, body) => {
        body.set('client_id', client.client_id);
        body.set('client_assertion_type', assertionType);
        body.set('client_assertion', text);
      };
  }
}

const algorithms: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
};

async function signingKey(text: string): Promise<Parameters<typeof PrivateKeyJwt>[0]> {
  try {
    const jwk = (text.startsWith('{') ? JSON.parse(text) : createPrivateKey(text).export({ format: 'jwk' })) as JWK;
    const algorithm = jwk.alg ?? algorithms[jwk.crv ?? ''] ?? 'RS256';
    const key = await importJWK(jwk, algorithm, { extractable: false });
    if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
    return jwk.kid === undefined ? key : { key, kid: jwk.kid };
  } catch (cause) {
    throw new AccessError('bad-input', 'The client’s key is neither a private key in PEM (PKCS #8) nor a JWK.', {
      cause,
    });
  }
}
