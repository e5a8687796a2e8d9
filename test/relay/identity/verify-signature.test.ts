import { constants, createPrivateKey, createSecretKey, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { compactVerify, type CryptoKey, importJWK, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signatureAlgorithms } from '../../../relay/config/issuer-schema.ts';
import { verifySignature } from '../../../relay/identity/verify-signature.ts';
import { testKey } from './test-issuer.ts';

interface Signer {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly token: string;
}

async function signerFor(algorithm: string): Promise<Signer> {
  const { privateKey, publicJwk } = await testKey(algorithm);
  const sign = (count: number): Promise<string> =>
    new SignJWT({ sub: 'alice', count }).setProtectedHeader({ alg: algorithm }).sign(privateKey);
  let token = await sign(0);
  // OpenSSL, and so jose, takes one of RSA that lacks a zero in front.
  for (let count = 1; signatureOf(token)[0] === 0; count += 1) token = await sign(count);
  return { privateKey: KeyObject.from(privateKey), publicKey: await publicKeyOf(publicJwk, algorithm), token };
}

async function publicKeyOf(jwk: JWK, algorithm: string): Promise<KeyObject> {
  return KeyObject.from((await importJWK(jwk, algorithm, { extractable: true })) as CryptoKey);
}

/** What jose says of the same token and key. */
async function joseVerifies(token: string, algorithm: string, key: KeyObject): Promise<boolean> {
  return compactVerify(token, key, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );
}

function withSignature(token: string, change: (signature: Buffer) => Buffer): string {
  const end = token.lastIndexOf('.') + 1;
  return token.slice(0, end) + change(Buffer.from(token.slice(end), 'base64url')).toString('base64url');
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

describe.each(signatureAlgorithms.map((algorithm) => ({ algorithm })))('$algorithm', ({ algorithm }) => {
  it('takes a signature of the issuer’s key, and no other, exactly as jose does', async () => {
    const { publicKey, token } = await signerFor(algorithm);
    expect(verifySignature(token, algorithm, publicKey)).toBe(true);
    const [header = '', payload = ''] = token.split('.');
    const { length } = signatureOf(token);
    const wrong = [
      withSignature(token, (bytes) => flipped(bytes, 0)),
      withSignature(token, (bytes) => flipped(bytes, Math.floor(length / 2))),
      withSignature(token, (bytes) => flipped(bytes, length - 1)),
      withSignature(token, (bytes) => bytes.subarray(1)),
      withSignature(token, (bytes) => bytes.subarray(0, -1)),
      withSignature(token, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
      withSignature(token, (bytes) => Buffer.concat([Buffer.alloc(1), bytes])),
      withSignature(token, () => Buffer.alloc(length)),
      withSignature(token, () => Buffer.alloc(length, 0xff)),
      withSignature(token, () => Buffer.alloc(0)),
      token.replace(
        `${header}.`,
        `${Buffer.from(JSON.stringify({ alg: algorithm, kid: 'x' })).toString('base64url')}.`,
      ),
      token.replace(`.${payload}.`, `.${Buffer.from('{"sub":"admin"}').toString('base64url')}.`),
    ];
    for (const forged of wrong) {
      expect(verifySignature(forged, algorithm, publicKey), forged).toBe(false);
      expect(await joseVerifies(forged, algorithm, publicKey), forged).toBe(false);
    }
  });

  it('takes no key of another kind or curve, nor one that isn’t public', async () => {
    const { privateKey, token } = await signerFor(algorithm);
    expect(verifySignature(token, algorithm, privateKey)).toBe(false);
    expect(verifySignature(token, algorithm, createSecretKey(Buffer.alloc(64)))).toBe(false);
    for (const other of ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA']) {
      const { publicJwk } = await testKey(other, `other ${other}`);
      expect(verifySignature(token, algorithm, await publicKeyOf(publicJwk, other)), other).toBe(false);
    }
  });
});

describe('a signature that a laxer verifier would take', () => {
  const input = `${Buffer.from('{"alg":"x"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}`;
  const signed = (signature: Buffer): string => `${input}.${signature.toString('base64url')}`;

  it('is refused: ECDSA in DER', async () => {
    const { privateKey, publicKey } = await signerFor('ES256');
    expect(verifySignature(signed(sign('sha256', Buffer.from(input), privateKey)), 'ES256', publicKey)).toBe(false);
    const joined = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verifySignature(signed(joined), 'ES256', publicKey)).toBe(true);
  });

  it.each([0, 20, 31, 33, 64])('is refused: PS256 with a salt of %i bytes', async (saltLength) => {
    const { privateKey, publicKey } = await signerFor('PS256');
    const signature = sign('sha256', Buffer.from(input), {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });
    expect(verifySignature(signed(signature), 'PS256', publicKey)).toBe(false);
  });

  it.each([
    ['RS256', constants.RSA_PKCS1_PADDING],
    ['PS256', constants.RSA_PKCS1_PSS_PADDING],
  ])('is refused: %s without the zero that it begins with', async (algorithm, padding) => {
    const { privateKey, publicKey } = await signerFor(algorithm);
    let [text, signature] = ['', Buffer.alloc(0)];
    for (let count = 0; signature[0] !== 0; count += 1) {
      text = `${input}${count}`;
      signature = sign('sha256', Buffer.from(text), { key: privateKey, padding, saltLength: 32 });
    }
    const tokenOf = (bytes: Buffer): string => `${text}.${bytes.toString('base64url')}`;
    expect(verifySignature(tokenOf(signature), algorithm, publicKey)).toBe(true);
    expect(verifySignature(tokenOf(signature.subarray(1)), algorithm, publicKey)).toBe(false);
  });

  it.each([
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
    ['RS256', 'RS384'],
    ['RS512', 'RS256'],
    ['PS256', 'PS384'],
  ])('is refused: %s taken as %s, with the same key', async (made, taken) => {
    const { publicKey, token } = await signerFor(made);
    expect(verifySignature(token, made, publicKey)).toBe(true);
    expect(verifySignature(token, taken, publicKey)).toBe(false);
  });

  it.each(['none', 'HS256', 'RS1', 'ES256K', 'rs256', '', '__proto__', 'constructor'])(
    'is refused: algorithm “%s”',
    async (algorithm) => {
      const { publicKey, token } = await signerFor('RS256');
      expect(verifySignature(token, algorithm, publicKey)).toBe(false);
    },
  );

  it('is refused: RSA of 1,024 bits, and a P-384 key with SHA-256', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(
      verifySignature(signed(sign('sha256', Buffer.from(input), small.privateKey)), 'RS256', small.publicKey),
    ).toBe(false);
    const wide = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const key = createPrivateKey(wide.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    expect(verifySignature(signed(signature), 'ES256', wide.publicKey)).toBe(false);
  });
});
