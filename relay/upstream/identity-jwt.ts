import { randomUUID, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { AccessError } from '../../shared/errors.ts';
import type { Identity } from '../identity/identity.ts';
import { identityKeyFile, makeIdentityKey, type SigningKey } from './identity-keys.ts';

/** Tells an upstream who is calling, in a way that it can verify with the relay's JWKS. */
export interface IdentitySigner {
  /** Value of `X-Causeway-Identity`: an ES256 JWT for this API, valid 60 s, reused for at most 30 s. */
  headerFor(identity: Identity, apiId: string): string;
  /** The public keys (RFC 7517): the one in use, the next, and those whose tokens may still be around. */
  jwks(): { readonly keys: readonly JWK[] };
  close(): void;
}

const tokenSeconds = 60;
const reuseMs = 30_000;
const hourMs = 3_600_000;
const rotateAfterMs = 30 * 24 * hourMs;
/** A new key is published this long before it signs, and an old one stays published this long after. */
const overlapMs = 24 * hourMs;
/** How often a change by another process is looked for: at most so much later it counts. */
const lookEveryMs = 1000;
/** Larger lists of groups would not fit into the headers that upstreams accept. */
const maxGroupsLength = 4096;

/**
 * Reads the keys of the data folder (`identity-keys.json`, mode 0600) or makes the first one.
 * @throws AccessError `bad-config` when the file can't be used.
 */
export function createIdentitySigner(options: {
  readonly dataDir: string;
  readonly relayUrl: string;
  readonly relayName: string;
  readonly now?: () => number;
  /** Another process of this relay makes the keys and retires them; this one only reads them. Default false. */
  readonly follows?: boolean;
}): IdentitySigner {
  const { dataDir, relayUrl, relayName, now = Date.now, follows = false } = options;
  const file = identityKeyFile(dataDir);
  let keys = file.read();
  let version = file.version();
  let cached = new WeakMap<Identity, Map<string, { readonly jwt: string; readonly madeAtMs: number }>>();
  let header = '';
  let lookedAtMs = now();
  let active = rotate(now());

  /** Takes over what another process has put there: the next key, or one in the place of a leaked one. */
  function look(nowMs: number): void {
    if (nowMs - lookedAtMs < lookEveryMs && nowMs >= lookedAtMs) return;
    lookedAtMs = nowMs;
    const found = file.version();
    if (found === version) return;
    version = found;
    const read = file.read();
    if (read.length === 0) return;
    keys = read;
    cached = new WeakMap();
  }

  /** Makes and retires keys as their age demands, and answers the one to sign with. */
  function rotate(nowMs: number): SigningKey {
    look(nowMs);
    const newest = keys.at(-1);
    const isDue = newest === undefined || nowMs - newest.createdAtMs >= rotateAfterMs - overlapMs;
    if (isDue && !follows) {
      const made = [...keys.filter((_, index) => stillNeeded(keys, index, nowMs)), makeIdentityKey(nowMs)];
      file.write(made);
      version = file.version();
      keys = made;
    }
    const published = keys.filter(({ createdAtMs }) => nowMs - createdAtMs >= overlapMs);
    const key = published.at(-1) ?? keys[0];
    if (key === undefined) throw new AccessError('internal', 'There is no key to sign identities with.');
    header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: key.kid })).toString('base64url');
    return key;
  }

  function makeJwt(identity: Identity, apiId: string, nowMs: number): string {
    const iat = Math.floor(nowMs / 1000);
    const groupsFit = JSON.stringify(identity.groups).length <= maxGroupsLength;
    const claims = {
      iss: relayUrl,
      aud: apiId,
      sub: identity.subject,
      idp: identity.issuer,
      relay: relayName,
      username: identity.username,
      name: identity.name,
      email: identity.email,
      ...(groupsFit ? { groups: identity.groups } : { groups_overage: identity.groups.length }),
      jti: randomUUID(),
      iat,
      exp: iat + tokenSeconds,
    };
    const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const signature = sign('sha256', Buffer.from(input), { key: active.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }

  return {
    headerFor(identity, apiId) {
      const nowMs = now();
      look(nowMs);
      let perApi = cached.get(identity);
      const found = perApi?.get(apiId);
      if (found !== undefined && nowMs - found.madeAtMs < reuseMs && nowMs >= found.madeAtMs) return found.jwt;
      active = rotate(nowMs);
      const jwt = makeJwt(identity, apiId, nowMs);
      if (perApi === undefined) {
        perApi = new Map();
        cached.set(identity, perApi);
      }
      perApi.set(apiId, { jwt, madeAtMs: nowMs });
      return jwt;
    },
    jwks() {
      active = rotate(now());
      return { keys: keys.filter((_, index) => stillNeeded(keys, index, now())).map(({ publicJwk }) => publicJwk) };
    },
    close() {
      cached = new WeakMap();
    },
  };
}

/** A key is needed until its successor has signed for longer than the overlap. */
function stillNeeded(keys: readonly SigningKey[], index: number, nowMs: number): boolean {
  const successor = keys[index + 1];
  return successor === undefined || nowMs - successor.createdAtMs < 2 * overlapMs;
}
