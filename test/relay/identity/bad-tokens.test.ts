import { createHmac, generateKeyPairSync, sign as signBytes, createPrivateKey } from 'node:crypto';
import { exportJWK, exportSPKI, importJWK, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import {
  audience,
  authenticateBearer,
  claimsFor,
  collectingLog,
  issuerConfig,
  openAuthenticator,
  signToken,
  startCanary,
  startIssuer,
  testKey,
  type ClaimChanges,
  type TestIssuer,
  type TestKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');

/** What a case may use to forge its token. */
interface Forge {
  readonly key: TestKey;
  readonly rsa: TestKey;
  readonly issuer: TestIssuer;
  readonly otherIssuer: TestIssuer;
  readonly otherKey: TestKey;
  readonly canary: string;
  readonly claims: (given?: ClaimChanges) => JWTPayload;
}

interface Case {
  readonly name: string;
  readonly token: (forge: Forge) => Promise<string> | string;
  readonly code?: ErrorCode;
  readonly says?: RegExp;
  readonly config?: Partial<IssuerConfig>;
}

/** A properly signed token whose payload is exactly this text. */
function signText(forge: Forge, payload: string, header: object = {}): string {
  const input = `${base64url(JSON.stringify({ alg: 'ES256', kid: forge.key.kid, typ: 'at+jwt', ...header }))}.${base64url(payload)}`;
  return `${input}.${base64url(signWith(forge.key, input))}`;
}

const privatePems = new Map<TestKey, string>();
function signWith(key: TestKey, input: string): Buffer {
  const pem = privatePems.get(key) ?? '';
  return signBytes('sha256', Buffer.from(input), { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' });
}

function withClaim(forge: Forge, text: string, without: string): string {
  const { [without]: _left, ...others } = forge.claims();
  return `${JSON.stringify(others).slice(0, -1)},${text}}`;
}

const header =
  (given: object): Case['token'] =>
  (forge) =>
    signToken(forge.key, forge.claims(), { ...given });
const claim =
  (given: ClaimChanges): Case['token'] =>
  (forge) =>
    signToken(forge.key, forge.claims(given));

const cases: readonly Case[] = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg): Case => ({
    name: `alg ${alg}`,
    token: (forge) =>
      `${base64url(JSON.stringify({ alg, typ: 'at+jwt' }))}.${base64url(JSON.stringify(forge.claims()))}.`,
    says: /algorithm/,
  })),
  {
    name: 'HS256 signed with the RSA public key',
    async token(forge) {
      const pem = await exportSPKI((await importJWK(forge.rsa.publicJwk, 'RS256', { extractable: true })) as CryptoKey);
      const input = `${base64url(JSON.stringify({ alg: 'HS256', kid: forge.rsa.kid, typ: 'at+jwt' }))}.${base64url(JSON.stringify(forge.claims()))}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
    says: /algorithm/,
  },
  {
    name: 'an algorithm that the issuer isn’t allowed',
    token: (forge) => signToken(forge.rsa, forge.claims()),
    config: { algorithms: ['ES256'] },
    says: /RS256/,
  },
  {
    name: 'an embedded jwk that signed it',
    token: (forge) => signToken(forge.otherKey, forge.claims(), { jwk: forge.otherKey.publicJwk }),
    says: /jwk/,
  },
  {
    name: 'an embedded jwk beside the right signature',
    token: (forge) => signToken(forge.key, forge.claims(), { jwk: forge.key.publicJwk }),
    says: /jwk/,
  },
  {
    name: 'jku to localhost',
    token: (forge) => signToken(forge.key, forge.claims(), { jku: `${forge.canary}/jwks` }),
    says: /jku/,
  },
  {
    name: 'x5u to localhost',
    token: (forge) => signToken(forge.key, forge.claims(), { x5u: `${forge.canary}/cert` }),
    says: /x5u/,
  },
  { name: 'x5c', token: header({ x5c: ['MIIB'] }), says: /x5c/ },
  {
    name: 'iss that is another server',
    token: (forge) => signToken(forge.key, forge.claims({ iss: forge.canary })),
    says: /isn’t an issuer/,
  },
  // Right after a fetch nobody can tell a made-up name from a new key’s: see issuer-keys.test.ts.
  ...['../../../../etc/passwd', "' OR 1=1 --", '__proto__', 'constructor'].map((kid): Case => ({
    name: `kid ${JSON.stringify(kid)}`,
    token: header({ kid }),
    code: 'idp-unreachable',
    says: /isn’t known here yet \(kid/,
  })),
  ...['', 'x'.repeat(2000)].map((kid): Case => ({
    name: `kid ${JSON.stringify(kid.slice(0, 30))}`,
    token: header({ kid }),
    says: /kid/,
  })),
  { name: 'kid as a number', token: header({ kid: 7 }), says: /kid/ },
  {
    name: 'no kid where several keys fit',
    token: (forge) => signToken(forge.key, forge.claims(), { kid: undefined }),
    says: /which of the issuer’s keys/,
  },
  {
    name: 'a kid that the issuer publishes twice',
    token: async (forge) => signToken(await testKey('ES256', 'twice'), forge.claims()),
    says: /more than once/,
  },
  {
    name: 'unknown crit',
    token: (forge) => signText(forge, JSON.stringify(forge.claims()), { crit: ['exp2'], exp2: 1 }),
    says: /crit/,
  },
  {
    name: 'crit with b64',
    token: (forge) => signText(forge, JSON.stringify(forge.claims()), { crit: ['b64'], b64: true }),
    says: /crit/,
  },
  { name: 'typ JWT', token: header({ typ: 'JWT' }), says: /typ/ },
  { name: 'no typ', token: header({ typ: undefined }), says: /typ/ },
  {
    name: 'an ID token by its audience, typ: any',
    config: { typ: 'any', client_id: audience },
    token: header({ typ: 'JWT' }),
    says: /its audience is the app/,
  },
  ...(['strict', 'any'] as const).flatMap((typ): Case[] => {
    const config = { typ };
    return [
      {
        name: `an ID token (nonce), typ: ${typ}`,
        config,
        token: (forge) => signToken(forge.key, forge.claims({ nonce: 'n' }), { typ: 'JWT' }),
        says: typ === 'any' ? /ID token/ : /typ/,
      },
      {
        name: `an ID token (token_use), typ: ${typ}`,
        config,
        token: claim({ token_use: 'id' }),
        says: /token_use/,
      },
      {
        name: `an ID token (at_hash), typ: ${typ}`,
        config,
        token: (forge) => signToken(forge.key, forge.claims({ at_hash: 'h' }), typ === 'any' ? { typ: 'JWT' } : {}),
        says: /ID token/,
      },
      { name: `a logout token, typ: ${typ}`, config, token: header({ typ: 'logout+jwt' }), says: /typ/ },
      {
        name: `a logout token by its events, typ: ${typ}`,
        config,
        token: claim({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
        says: /logout/,
      },
      { name: `a DPoP proof, typ: ${typ}`, config, token: header({ typ: 'dpop+jwt' }), says: /typ/ },
      {
        name: `a DPoP proof by its claims, typ: ${typ}`,
        config,
        token: claim({ htm: 'GET', htu: 'https://relay.example/' }),
        says: /DPoP/,
      },
    ];
  }),
  {
    name: 'a Keycloak refresh token',
    config: { typ: 'any' },
    token: (forge) => signToken(forge.key, forge.claims({ typ: 'Refresh' }), { typ: 'JWT' }),
    says: /access token/,
  },
  { name: 'another audience', token: claim({ aud: 'https://other.example' }), says: /meant for/ },
  { name: 'no audience', token: claim({ aud: undefined }), says: /aud/ },
  { name: 'an audience with a slash more', token: claim({ aud: 'https://relay.example/' }), says: /meant for/ },
  {
    name: 'extra audiences where one is required',
    config: { exclusive_audience: true },
    token: claim({ aud: ['https://relay.example', 'https://other.example'] }),
    says: /further audiences/,
  },
  {
    name: 'an issuer differing by a slash',
    token: (forge) => signToken(forge.key, forge.claims({ iss: `${forge.issuer.url}/` })),
    says: /isn’t an issuer/,
  },
  {
    name: 'an issuer in capitals',
    token: (forge) => signToken(forge.key, forge.claims({ iss: forge.issuer.url.toUpperCase() })),
    says: /isn’t an issuer/,
  },
  {
    name: 'iss as a list',
    token: (forge) => signText(forge, withClaim(forge, `"iss":["${forge.issuer.url}"]`, 'iss')),
    says: /isn’t an issuer/,
  },
  {
    name: 'the right key of another tenant',
    token: (forge) => signToken(forge.otherKey, forge.claims()),
    code: 'idp-unreachable',
    says: /isn’t known here yet/,
  },
  {
    name: 'the right key of another tenant under a kid of this one',
    token: (forge) => signToken(forge.otherKey, forge.claims(), { kid: forge.key.kid }),
    says: /isn’t signed by its issuer/,
  },
  {
    name: 'exp as string',
    token: (forge) => signText(forge, withClaim(forge, `"exp":"${now + 300}"`, 'exp')),
    says: /exp/,
  },
  { name: 'exp 1e400', token: (forge) => signText(forge, withClaim(forge, '"exp":1e400', 'exp')), says: /exp/ },
  {
    name: 'exp in milliseconds and beyond every date',
    token: (forge) => signText(forge, withClaim(forge, '"exp":9e15', 'exp')),
    says: /exp/,
  },
  { name: 'exp negative', token: claim({ exp: -1 }), says: /exp/ },
  { name: 'exp null', token: (forge) => signText(forge, withClaim(forge, '"exp":null', 'exp')), says: /exp/ },
  { name: 'exp absent', token: claim({ exp: undefined }), says: /no exp/ },
  {
    name: 'exp long ago',
    token: claim({ iat: now - 4000, exp: now - 3600 }),
    code: 'sign-in-expired',
    says: /3600 s ago/,
  },
  { name: 'exp before iat', token: claim({ iat: now + 30, exp: now + 20 }), says: /ends before/ },
  { name: 'nbf +61 s', token: claim({ nbf: now + 61 }), code: 'clock-skew', says: /nbf is 61 s ahead/ },
  { name: 'nbf as string', token: (forge) => signText(forge, withClaim(forge, '"nbf":"1"', 'nbf')), says: /nbf/ },
  { name: 'iat +61 s', token: claim({ iat: now + 61 }), code: 'clock-skew', says: /iat is 61 s ahead/ },
  { name: 'iat absent', token: claim({ iat: undefined }), says: /iat/ },
  { name: 'sub absent', token: claim({ sub: undefined }), says: /sub/ },
  { name: 'sub as number', token: (forge) => signText(forge, withClaim(forge, '"sub":1', 'sub')), says: /sub/ },
  {
    name: 'duplicate JSON claims',
    token: (forge) => signText(forge, withClaim(forge, '"groups":["x"],"groups":["sre"]', 'groups')),
    says: /twice/,
  },
  {
    name: 'duplicate JSON claims, one escaped',
    token: (forge) => signText(forge, withClaim(forge, '"groups":["x"],"gr\\u006fups" :["sre"]', 'groups')),
    says: /twice/,
  },
  {
    name: 'duplicate members inside a claim',
    token: (forge) => signText(forge, withClaim(forge, '"cnf":{"a":1,"a":2}', 'cnf')),
    says: /twice/,
  },
  {
    name: 'duplicate header members',
    token(forge) {
      const head = `{"alg":"ES256","kid":"${forge.key.kid}","typ":"at+jwt","typ":"at+jwt"}`;
      const input = `${base64url(head)}.${base64url(JSON.stringify(forge.claims()))}`;
      return `${input}.${base64url(signWith(forge.key, input))}`;
    },
    says: /twice/,
  },
  {
    name: 'a five-part JWE',
    token: (forge) =>
      `${base64url(JSON.stringify({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: forge.key.kid }))}.AAAA.AAAA.AAAA.AAAA`,
    says: /encrypted/,
  },
  { name: '1 MB', token: claim({ padding: 'x'.repeat(1_000_000) }), says: /larger than/ },
  {
    name: '10,000-deep JSON',
    token: (forge) => signText(forge, withClaim(forge, `"deep":${'['.repeat(5000)}${']'.repeat(5000)}`, 'deep')),
    says: /deep/,
  },
  { name: 'a payload that is a list', token: (forge) => signText(forge, '[]'), says: /not a JSON object/ },
  { name: 'a payload that is no JSON', token: (forge) => signText(forge, '{"iss":'), says: /not valid JSON/ },
  {
    name: 'ECDSA r = s = 0',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace(/[^.]+$/, base64url(Buffer.alloc(64))),
    says: /isn’t signed/,
  },
  {
    name: 'an empty signature',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace(/[^.]+$/, ''),
    says: /isn’t signed/,
  },
  {
    name: '1,024-bit RSA that the issuer publishes',
    token(forge) {
      const input = `${base64url(JSON.stringify({ alg: 'RS256', kid: 'small', typ: 'at+jwt' }))}.${base64url(JSON.stringify(forge.claims()))}`;
      return `${input}.${base64url(signBytes('sha256', Buffer.from(input), smallRsa.privateKey))}`;
    },
    says: /1024 bits/,
  },
  { name: 'a symmetric key that the issuer publishes', token: header({ kid: 'symmetric' }), says: /public-key kind/ },
  {
    name: 'padded base64',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace(/\.([^.]+)$/, '.$1=='),
    says: /strict base64url/,
  },
  {
    name: 'base64 with white space',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace('.', '.\n'),
    says: /strict base64url/,
  },
  {
    name: 'base64 with the other alphabet',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace(/[^.]+$/, '+/'),
    says: /strict base64url/,
  },
  {
    name: 'base64 with stray bits at the end',
    token: async (forge) => (await signToken(forge.key, forge.claims())).replace(/.$/, 'B'),
    says: /strict base64url/,
  },
  { name: 'no token at all', token: () => '', says: /three parts/ },
  { name: 'an opaque token', token: () => 'ya29.a0AfH6SMBx', says: /three parts/ },
  { name: 'groups as object', token: claim({ groups: { a: 1 } }), says: /neither a list nor a string/ },
  { name: 'groups with a number among them', token: claim({ groups: ['sre', 1] }), says: /isn’t a group name/ },
  {
    name: 'Entra overage by _claim_names',
    token: claim({ groups: undefined, _claim_names: { groups: 'src1' } }),
    says: /overage/,
  },
  { name: 'Entra overage by hasgroups', token: claim({ groups: undefined, hasgroups: true }), says: /overage/ },
  { name: 'a binding to a client certificate', token: claim({ cnf: { 'x5t#S256': 'A'.repeat(43) } }), says: /cnf/ },
  { name: 'a DPoP-bound token as bearer', token: claim({ cnf: { jkt: 'A'.repeat(43) } }), says: /without a proof/ },
  {
    name: 'an unbound token where DPoP is required',
    config: { dpop: 'required' },
    token: (forge) => signToken(forge.key, forge.claims()),
    says: /isn’t bound/,
  },
];

const smallRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });

describe('a bad token', () => {
  for (const { name, token: forgeToken, code = 'token-rejected', says, config } of cases) {
    it(`is refused with ${code}, without a fetch or a trace in the log: ${name}`, async () => {
      const [key, rsa, otherKey, twice] = await Promise.all([
        testKey('ES256', 'key-1'),
        testKey('RS256', 'rsa-1'),
        testKey('ES256', 'other-1'),
        testKey('ES256', 'twice'),
      ]);
      privatePems.set(key, await privatePem(key));
      const [issuer, otherIssuer, canary] = await Promise.all([
        startIssuer([key, rsa, twice]),
        startIssuer([otherKey]),
        startCanary(),
      ]);
      issuer.keys.push(
        { ...(await testKey('ES256', 'key-2')).publicJwk, kid: 'twice' },
        { ...(await exportJWK(smallRsa.publicKey)), kid: 'small', alg: 'RS256' },
        { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric', alg: 'HS256' },
      );
      const { log, lines } = collectingLog();
      const authenticator = openAuthenticator([issuerConfig(issuer.url, config), issuerConfig(otherIssuer.url)], {
        log,
        now: () => nowMs,
      });
      const forge: Forge = {
        key,
        rsa,
        issuer,
        otherIssuer,
        otherKey,
        canary: canary.url,
        claims: (given) => claimsFor(issuer.url, nowMs, given),
      };
      // A good token first: it shows that the keys are there and that only the fault of the case is refused.
      if (config?.dpop !== 'required') await authenticateBearer(authenticator, await goodToken(forge, config));
      else await authenticateBearer(authenticator, await goodToken(forge, config)).catch(() => undefined);
      const before = issuer.requests.length;

      const token = await forgeToken(forge);
      const error: unknown = await authenticateBearer(authenticator, token).then(
        () => undefined,
        (reason: unknown) => reason,
      );

      expect(error).toMatchObject({ name: 'AccessError', code });
      if (says !== undefined) expect(String(error)).toMatch(says);
      expect(canary.requests).toEqual([]);
      expect(issuer.requests.length).toBe(before);
      for (const part of token.split('.').filter((text) => text.length > 20)) {
        expect(String(error)).not.toContain(part);
        expect(lines.join('')).not.toContain(part);
      }
    });
  }
});

async function goodToken(forge: Forge, config: Case['config']): Promise<string> {
  return signToken(config?.algorithms === undefined ? forge.rsa : forge.key, forge.claims());
}

async function privatePem(key: TestKey): Promise<string> {
  const jwk = await exportJWK(key.privateKey);
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }).toString();
}
