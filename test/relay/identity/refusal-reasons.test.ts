import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { checkIdToken } from '../../../relay/identity/check-id-token.ts';
import { checkIntrospected } from '../../../relay/identity/check-introspected.ts';
import { checkToken } from '../../../relay/identity/check-token.ts';
import { decodeToken } from '../../../relay/identity/decode-token.ts';
import { createDpopNonces } from '../../../relay/identity/dpop-nonces.ts';
import { readGroups } from '../../../relay/identity/groups-from-claims.ts';
import { identityFromClaims } from '../../../relay/identity/identity-from-claims.ts';
import { createReplayCache } from '../../../relay/identity/replay-cache.ts';
import { checkRequiredClaims } from '../../../relay/identity/required-claims.ts';
import { verifyDpopProof } from '../../../relay/identity/verify-dpop-proof.ts';
import { AccessError } from '../../../shared/errors.ts';
import { languages, setLocale } from '../../../shared/messages/language.ts';
import { problemDocument } from '../../../shared/problem-document.ts';
import { readProblem } from '../../../client/network/read-problem.ts';
import { claimsFor, issuerConfig, testKey } from './test-issuer.ts';

afterEach(() => setLocale('en'));

type Given = Readonly<Record<string, unknown>>;

const url = 'https://sso.example';
const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

const claimsWith = (given: Given): Given => JSON.parse(JSON.stringify(claimsFor(url, nowMs, given))) as Given;
const access =
  (claims: Given, header: Given = {}, config: Partial<IssuerConfig> = {}): (() => unknown) =>
  () =>
    checkToken(
      { header: { alg: 'ES256', typ: 'at+jwt', ...header }, claims: claimsWith(claims) },
      issuerConfig(url, config),
      nowMs,
    );
const id =
  (claims: Given, header: Given = {}): (() => unknown) =>
  () =>
    checkIdToken({ header: { alg: 'ES256', ...header }, claims: claimsWith(claims) }, issuerConfig(url), nowMs);
const introspected =
  (answer: Given): (() => unknown) =>
  () =>
    checkIntrospected(answer, issuerConfig(url), nowMs);
const identity = (cnf: unknown): unknown => identityFromClaims(claimsWith({ cnf }), issuerConfig(url), []);
const decoded =
  (token: string): (() => unknown) =>
  () =>
    decodeToken(token, 1000);

const proofUrl = 'https://relay.example/v1/catalog';
async function prove(
  claims: Given = {},
  header: Given = {},
  options: { readonly times?: number; readonly jkt?: string; readonly withNonce?: true } = {},
): Promise<void> {
  const key = await testKey('ES256', 'proof');
  const { kty, crv, x, y } = key.publicJwk;
  const jwk = { kty, crv, x, y } as JWK;
  const ath = createHash('sha256').update('token').digest('base64url');
  const proof = await new SignJWT({ htm: 'GET', htu: proofUrl, iat: now, jti: 'one', ath, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key.privateKey);
  const { times = 1, jkt = await calculateJwkThumbprint(jwk), withNonce } = options;
  const replays = createReplayCache({ lifetimeMs: 120_000, now: () => nowMs });
  const nonces = withNonce === undefined ? undefined : createDpopNonces({ now: () => nowMs });
  const credentials = { scheme: 'dpop', token: 'token', dpopProof: proof, method: 'GET', url: proofUrl } as const;
  for (let time = 0; time < times; time += 1) await verifyDpopProof(credentials, jkt, { nowMs, replays, nonces });
}

const refusals: readonly (readonly [what: string, code: string, shown: string, run: () => unknown])[] = [
  ['an algorithm', 'token-signature-unfit', 'alg: HS256', access({}, { alg: 'HS256' })],
  ['extensions', 'token-signature-unfit', 'crit', access({}, { crit: ['x'] })],
  ['its own key', 'token-signature-unfit', 'jku', access({}, { jku: 'https://evil.example' })],
  ['a key name', 'token-signature-unfit', 'kid', access({}, { kid: 7 })],
  ['a type', 'token-of-other-kind', 'typ: JWT', access({}, { typ: 'JWT' })],
  ['an ID token', 'token-of-other-kind', 'at_hash', access({ at_hash: 'x' })],
  ['a refresh token', 'token-of-other-kind', 'typ: Refresh', access({ typ: 'Refresh' })],
  ['another use', 'token-of-other-kind', 'token_use: id', access({ token_use: 'id' })],
  ['events', 'token-of-other-kind', 'events', access({ events: {} })],
  ['no claim of access tokens', 'token-of-other-kind', 'own', access({}, {}, { access_token_claim: 'own' })],
  ['another audience', 'token-not-for-relay', 'aud: other', access({ aud: 'other' })],
  ['an audience', 'token-lacks', 'aud', access({ aud: undefined })],
  ['an end', 'token-lacks', 'exp', access({ exp: undefined })],
  ['a subject', 'token-lacks', 'sub', access({ sub: '' })],
  ['a time', 'token-unreadable', 'nbf', access({ nbf: 'soon' })],
  ['the future', 'token-from-future', '100', access({ iat: now + 100, exp: now + 200 })],
  ['the past', 'token-ended', '100', access({ iat: now - 200, exp: now - 100 })],
  ['an access token for an ID token', 'token-of-other-kind', 'scope', id({ scope: 'x' })],
  ['an ID token for another app', 'token-not-for-relay', 'aud: other', id({ aud: 'other' })],
  ['what is no bearer token', 'token-of-other-kind', 'token_type: mac', introspected({ token_type: 'mac' })],
  ['nobody’s', 'token-lacks', 'aud', introspected({ sub: 'a' })],
  ['size', 'token-too-large', '1', decoded('x'.repeat(1001))],
  ['encryption', 'token-unreadable', 'JWE', decoded('a.b.c.d.e')],
  ['two parts', 'token-unreadable', 'JWT', decoded('a.b')],
  ['no base64url', 'token-unreadable', 'payload', decoded('e30.!!.')],
  ['no JSON', 'token-unreadable', 'header', decoded('eA.e30.')],
  ['a binding', 'token-binding', 'cnf', () => identity('x')],
  ['an unknown binding', 'token-binding', 'cnf', () => identity({ kid: 'x' })],
  ['groups', 'token-groups-unreadable', 'groups', () => readGroups({ groups: 7 }, 'groups')],
  ['a group', 'token-groups-unreadable', 'groups', () => readGroups({ groups: [7] }, 'groups')],
  [
    'many groups',
    'token-too-many-groups',
    '10',
    () => readGroups({ groups: Array.from({ length: 10_001 }, (_, at) => `g${at}`) }, 'groups'),
  ],
  ['a claim', 'token-lacks', 'hd', () => checkRequiredClaims({ sub: 'a' }, { hd: '*' })],
  ['a value', 'token-claim-differs', 'hd', () => checkRequiredClaims({ hd: 'b' }, { hd: ['a'] })],
  ['the proof’s type', 'proof-unusable', 'typ: JWT', () => prove({}, { typ: 'JWT' })],
  ['the proof’s key', 'proof-unusable', 'jwk', () => prove({}, { jwk: 'x' })],
  ['the proof’s name', 'proof-unusable', 'jti', () => prove({ jti: '' })],
  ['a proof for another method', 'proof-elsewhere', 'htm: POST', () => prove({ htm: 'POST' })],
  [
    'a proof for another address',
    'proof-elsewhere',
    'htu: https://x.example/',
    () => prove({ htu: 'https://x.example' }),
  ],
  ['a proof for another token', 'proof-elsewhere', 'ath', () => prove({ ath: 'x' })],
  ['a proof by another key', 'token-binding', 'cnf.jkt', () => prove({}, {}, { jkt: 'x' })],
  ['a proof that comes twice', 'proof-repeated', '', () => prove({}, {}, { times: 2 })],
  ['a proof without a nonce', 'proof-nonce', '', () => prove({}, {}, { withNonce: true })],
  ['a clock ahead', 'clock-ahead', '100', () => prove({ iat: now + 100 })],
  ['a clock behind', 'clock-behind', '100', () => prove({ iat: now - 100 })],
];

async function refusalOf(run: () => unknown): Promise<AccessError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AccessError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('what is refused for its sign-in is said in the person’s language, with what IT asks for:', () => {
  test.each(refusals)('%s (%s, %s)', async (_what, code, shown, run) => {
    const { code: problem, message, reasons } = await refusalOf(run);
    expect(reasons?.map((reason) => reason.code)).toEqual([code]);
    const body = problemDocument(problem, 401, message, reasons === undefined ? {} : { reasons });
    const said = languages.map((language) => {
      setLocale(language);
      return readProblem(JSON.parse(JSON.stringify(body)))?.detail ?? '';
    });
    expect(new Set([...said, message]).size).toBe(languages.length + 1);
    expect(said.filter((words) => !words.includes(shown))).toEqual([]);
  });
});

test('nothing is refused in English alone', () => {
  const folder = fileURLToPath(new URL('../../../relay/identity', import.meta.url));
  const alone = readdirSync(folder).flatMap((name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    return [...source.matchAll(/new AccessError\(\s*'([\w-]+)'[^]*?\);/g)]
      .filter(([made, code]) => code !== 'bad-config' && !made.includes('reasons'))
      .map(([, code]) => `${name}: ${code}`);
  });
  // A logout token comes from a provider, which reads English.
  expect(alone).toEqual(['refuse.ts: token-rejected']);
});
