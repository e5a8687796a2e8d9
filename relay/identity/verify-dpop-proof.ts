import { type Reason, reason as sentence } from '../../shared/reason.ts';
import { hash } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { AccessError } from '../../shared/errors.ts';
import { decodeToken } from './decode-token.ts';
import type { Credentials } from './identity.ts';
import { type DpopNonces, DpopNonceError } from './dpop-nonces.ts';
import { checksFull, mark, quoted } from './refuse.ts';
import type { ReplayCache } from './replay-cache.ts';
import { proofWindowMs } from './replay-lifetimes.ts';

const algorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'EdDSA', 'Ed25519'];
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const maxProofBytes = 8192;
const badKey = sentence('proof-unusable', { mark: 'jwk' });

function refusedProof(words: string, why: Reason, cause?: unknown): AccessError {
  return new AccessError('token-rejected', `The DPoP proof ${words}.`, { cause, reasons: [why] });
}

/**
 * Checks a DPoP proof as RFC 9449 §4.3 lists it: signed by the key it embeds, which is the one that the access token is
 * bound to (`jkt`), for this method, address and token, made within a minute, and never seen before.
 * @throws AccessError `token-rejected`, `clock-skew`, or `overloaded` when no more proofs can be remembered.
 */
export async function verifyDpopProof(
  credentials: Credentials,
  jkt: string,
  context: {
    readonly nowMs: number;
    readonly replays: ReplayCache;
    readonly nonces?: DpopNonces | undefined;
    /** At a token endpoint there is no token yet (RFC 9449 §5). */
    readonly isWithoutToken?: boolean;
  },
): Promise<void> {
  const { dpopProof: proof } = credentials;
  if (proof === undefined || proof === '')
    throw refusedProof('is missing', sentence('token-binding', { mark: 'DPoP' }));
  const { header, claims } = decodeProof(proof);
  if (header['typ'] !== 'dpop+jwt')
    throw refusedProof(
      `has typ ${quoted(header['typ'])} instead of dpop+jwt`,
      sentence('proof-unusable', { mark: mark('typ', header['typ']) }),
    );
  const { alg } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg))
    throw refusedProof(`uses algorithm ${quoted(alg)}`, sentence('proof-unusable', { mark: mark('alg', alg) }));
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64'))
    throw refusedProof('demands unknown extensions', sentence('proof-unusable', { mark: 'crit, b64' }));
  const jwk = embeddedKey(header['jwk']);

  if (claims['htm'] !== credentials.method)
    throw refusedProof(
      `is for method ${quoted(claims['htm'])}`,
      sentence('proof-elsewhere', { mark: mark('htm', claims['htm']) }),
    );
  const address = comparableUrl(claims['htu']);
  if (address === undefined || address !== comparableUrl(credentials.url))
    throw refusedProof(
      `is for another address than ${credentials.url.split(/[?#]/, 1)[0]}`,
      sentence('proof-elsewhere', { mark: mark('htu', address) }),
    );
  if (context.isWithoutToken !== true && claims['ath'] !== hash('sha256', credentials.token, 'base64url'))
    throw refusedProof('is for another token', sentence('proof-elsewhere', { mark: 'ath' }));
  const { jti } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > 256)
    throw refusedProof('has no usable jti', sentence('proof-unusable', { mark: 'jti' }));
  // A nonce of ours says better than the client's clock when the proof was made (RFC 9449 §11.1).
  if (!context.nonces?.isValid(claims['nonce'])) checkTime(claims['iat'], context.nowMs);

  await checkSignature(proof, jwk, alg);
  if ((await calculateJwkThumbprint(jwk)) !== jkt)
    throw refusedProof('is made with another key than the token’s', sentence('token-binding', { mark: 'cnf.jkt' }));

  if (context.nonces !== undefined && !context.nonces.isValid(claims['nonce']))
    throw new DpopNonceError(claims['nonce'] === undefined ? 'needs' : 'needs a newer', context.nonces.current());

  // Last, so that only the holder of the key can use up a jti.
  const use = await context.replays.use(jkt, jti);
  if (use === 'repeated') throw refusedProof('was used before', sentence('proof-repeated'));
  if (use === 'full') throw checksFull('Too many DPoP proofs in the last two minutes.');
}

function decodeProof(proof: string): ReturnType<typeof decodeToken> {
  try {
    return decodeToken(proof, maxProofBytes);
  } catch (error) {
    const reason =
      error instanceof AccessError ? error.message.replace('The access token ', '').replace(/\.$/, '') : '';
    throw refusedProof(reason, sentence('proof-unusable', { mark: 'JWT' }), error);
  }
}

function embeddedKey(jwk: unknown): JWK {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw refusedProof('embeds no key', badKey);
  const { kty, crv, x, y, n, e } = jwk as JWK;
  if (privateMembers.some((member) => Object.hasOwn(jwk, member)))
    throw refusedProof('embeds a private or symmetric key', badKey);
  if (kty !== 'EC' && kty !== 'OKP' && kty !== 'RSA') throw refusedProof('embeds no public key', badKey);
  const members: Record<string, unknown> =
    kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
  if (!Object.values(members).every((member) => typeof member === 'string'))
    throw refusedProof('embeds no usable key', badKey);
  return members as JWK;
}

/** Without query and fragment, in the URL standard's normal form; `wss` counts as `https` (RFC 9449 §4.3, step 9). */
function comparableUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, host, pathname, username, password } = new URL(value.replace(/^ws(s?):/i, 'http$1:'));
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return undefined;
  return `${protocol}//${host}${pathname}`;
}

function checkTime(iat: unknown, nowMs: number): void {
  if (typeof iat !== 'number' || !(iat > 0) || !Number.isFinite(iat))
    throw refusedProof('has no usable iat', sentence('proof-unusable', { mark: 'iat' }));
  const offMs = iat * 1000 - nowMs;
  if (Math.abs(offMs) <= proofWindowMs) return;
  const seconds = Math.ceil(Math.abs(offMs) / 1000);
  throw new AccessError(
    'clock-skew',
    `The DPoP proof was made ${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} the relay’s ` +
      `clock, which reads ${new Date(nowMs).toISOString()}; at most ${proofWindowMs / 1000} s are allowed.`,
    { reasons: [sentence(offMs > 0 ? 'clock-ahead' : 'clock-behind', { seconds, time: { atMs: nowMs } })] },
  );
}

async function checkSignature(proof: string, jwk: JWK, alg: string): Promise<void> {
  try {
    await compactVerify(proof, await importJWK(jwk, alg), { algorithms: [alg] });
  } catch (error) {
    throw refusedProof('isn’t signed by the key that it embeds', sentence('proof-unusable', { mark: 'jwk' }), error);
  }
}
