import { describe, expect, it } from 'vitest';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { authenticateCaller, type CallerVerdict } from '../../../relay/identity/authenticate-caller.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  bearer,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  type TestIssuer,
  testKey,
} from './test-issuer.ts';

const startMs = 1_800_000_000_000;
const home = '192.0.2.7';
const elsewhere = '203.0.113.9';
const strangers = '198.51.100.66';
const fetches = ({ requests }: TestIssuer): number => requests.filter((path) => path === '/jwks').length;

/** A relay whose provider exchanges its key just after a stranger has made the relay fetch the old ones. */
async function setUp() {
  const [oldKey, newKey] = await Promise.all([testKey('ES256', 'old'), testKey('ES256', 'new')]);
  const issuer = await startIssuer([oldKey]);
  const clock = { nowMs: startMs };
  const records: AuditRecord[] = [];
  const audit = {
    append(record: AuditRecord, done: (error: Error | null) => void) {
      records.push(record);
      done(null);
    },
  } as unknown as AuditLog;
  const relay = openAuthenticator([issuerConfig(issuer.url)], {
    now: () => clock.nowMs,
    schedule: () => () => undefined,
  });
  const genuine = await signToken(oldKey, claimsFor(issuer.url, startMs));
  const [, payload, signature] = genuine.split('.');
  const ask = (token: string, from: string): Promise<CallerVerdict> =>
    authenticateCaller(bearer(token), from, relay, audit);
  const makeUp = (kid: string): Promise<CallerVerdict> => {
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url');
    return ask(`${header}.${payload}.${signature}`, strangers);
  };
  expect((await ask(genuine, home)).status).toBe('ok');
  clock.nowMs += 31_000;
  await makeUp('first');
  expect(fetches(issuer)).toBe(2);
  issuer.keys = [newKey.publicJwk];
  return { issuer, clock, records, ask, makeUp, fresh: await signToken(newKey, claimsFor(issuer.url, clock.nowMs)) };
}

type World = Awaited<ReturnType<typeof setUp>>;

/** How long a caller with the new key isn't let in who comes back when it is told to, while strangers never stop. */
async function waitedMs(world: World, from: string, strangersDo: (turn: number) => readonly string[]): Promise<number> {
  const { clock, ask, makeUp, fresh } = world;
  const beganAtMs = clock.nowMs;
  let askAtMs = clock.nowMs;
  for (let turn = 0; turn < 600; turn += 1) {
    await Promise.all(strangersDo(turn).map(makeUp));
    if (clock.nowMs >= askAtMs) {
      const verdict = await ask(fresh, from);
      if (verdict.status === 'ok') return clock.nowMs - beganAtMs;
      expect(verdict).toMatchObject({ httpStatus: 503, error: { code: 'idp-unreachable' } });
      askAtMs = clock.nowMs + verdict.retryAfterSeconds * 1000;
    }
    clock.nowMs += 100;
  }
  throw new Error('never let in');
}

describe('a key that was rotated in just now counts soon, whatever strangers do:', () => {
  it.each<[what: string, from: string, strangersDo: (turn: number) => readonly string[], withinMs: number]>([
    ['nothing more', elsewhere, () => [], 1000],
    [
      'they make up 200 names a second',
      elsewhere,
      (turn) => Array.from({ length: 20 }, (_none, at) => `${turn}-${at}`),
      1000,
    ],
    [
      'they come back with the same names, and somebody has signed in from the caller’s address',
      home,
      (turn) => Array.from({ length: 20 }, (_none, at) => `${Math.floor(turn / 12)}-${at}`),
      2000,
    ],
    [
      'they come back with the same names, and the caller is nobody known',
      elsewhere,
      (turn) => Array.from({ length: 20 }, (_none, at) => `${Math.floor(turn / 12)}-${at}`),
      10_000,
    ],
  ])('%s', async (_what, from, strangersDo, withinMs) => {
    const world = await setUp();
    expect(await waitedMs(world, from, strangersDo)).toBeLessThanOrEqual(withinMs);
  });

  it('they have used up every turn before', async () => {
    const world = await setUp();
    const { clock, issuer, makeUp } = world;
    issuer.keys = [(await testKey('ES256', 'old')).publicJwk];
    for (let turn = 0; turn < 60; turn += 1) {
      await makeUp(`persistent-${Math.floor(turn / 2)}`);
      clock.nowMs += 1000;
    }
    issuer.keys = [(await testKey('ES256', 'new')).publicJwk];
    expect(await waitedMs(world, home, (turn) => [`again-${Math.floor(turn / 12)}`])).toBeLessThanOrEqual(2000);
  });

  it('a fetch that began before the caller came doesn’t speak against its key', async () => {
    const world = await setUp();
    const { clock, issuer, makeUp, ask, fresh } = world;
    const [newKey] = issuer.keys;
    clock.nowMs += 31_000;
    issuer.keys = [(await testKey('ES256', 'old')).publicJwk];
    const began = makeUp('another');
    // The relay has asked, and not got its answer yet.
    const answers = await Promise.all([began, ask(fresh, elsewhere)]);
    expect(answers.map((answer) => answer.status === 'refused' && answer.httpStatus)).toEqual([401, 503]);
    if (newKey !== undefined) issuer.keys = [newKey];
    clock.nowMs += 1000;
    expect((await ask(fresh, elsewhere)).status).toBe('ok');
  });
});

describe('strangers don’t make the relay ask a provider for its keys', () => {
  it.each<[what: string, strangersDo: (second: number) => readonly string[], most: number]>([
    [
      'more than twice a minute with names that they make up',
      (second) => Array.from({ length: 20 }, (_none, at) => `${second}-${at}`),
      20,
    ],
    [
      'more than six times a minute, and five times, with names that they come back with',
      (second) => Array.from({ length: 20 }, (_none, at) => `${Math.floor(second / 3)}-${at}`),
      66,
    ],
  ])('%s', async (_what, strangersDo, most) => {
    const { clock, issuer, makeUp } = await setUp();
    const before = fetches(issuer);
    for (let second = 0; second < 600; second += 1) {
      clock.nowMs += 1000;
      await Promise.all(strangersDo(second).map(makeUp));
    }
    expect(fetches(issuer) - before).toBeLessThanOrEqual(most);
  });
});

it('other processes of the relay are told of a rotation once, not of the first keys, and not of what they told', async () => {
  const [oldKey, newKey] = await Promise.all([testKey('ES256', 'old'), testKey('ES256', 'new')]);
  const issuer = await startIssuer([oldKey]);
  const clock = { nowMs: startMs };
  const told: string[] = [];
  const relay = openAuthenticator([issuerConfig(issuer.url)], {
    now: () => clock.nowMs,
    onKeysChanged: (changed) => void told.push(changed),
  });
  const take = async (key: typeof oldKey): Promise<unknown> =>
    relay
      .authenticate(bearer(await signToken(key, claimsFor(issuer.url, clock.nowMs))))
      .catch((error: unknown) => error);
  await take(oldKey);
  expect(told).toEqual([]);
  issuer.keys = [newKey.publicJwk];
  relay.keysChanged(issuer.url);
  await issuer.didAskForKeys(2);
  await waitFor(async () => expect(await take(newKey)).toMatchObject({ username: 'alice' }));
  expect(told).toEqual([]);
  issuer.keys = [oldKey.publicJwk];
  clock.nowMs += 31_000;
  expect(await take(oldKey)).toMatchObject({ username: 'alice' });
  expect(told).toEqual([issuer.url]);
});

it.each([
  ['no-cache', 300_000],
  ['public, max-age=120', 120_000],
  ['max-age=5', 60_000],
  ['max-age=999999999', 300_000],
])('keys that may be kept for “%s” are fetched again by themselves after %i ms', async (cacheControl, wantedMs) => {
  const issuer = await startIssuer([await testKey('ES256', 'old')]);
  issuer.cacheControl = cacheControl;
  const delays: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  openAuthenticator([issuerConfig(issuer.url)], {
    now: () => startMs,
    schedule: (_work, delayMs) => {
      delays.push(delayMs);
      resolve();
      return () => undefined;
    },
  });
  await promise;
  expect(delays).toEqual([wantedMs]);
});

it('a caller whose key nobody can judge now is recorded as refused, and told when to come back', async () => {
  const { clock, records, makeUp, issuer } = await setUp();
  records.length = 0;
  clock.nowMs += 100;
  expect(await makeUp('never-seen')).toMatchObject({ httpStatus: 503, retryAfterSeconds: 1 });
  expect(records).toMatchObject([
    {
      type: 'authentication-refused',
      remoteAddress: strangers,
      code: 'idp-unreachable',
      detail: expect.stringMatching(/a key that isn’t known here yet \(kid “never-seen”\)/),
      claimed: { issuer: issuer.url, subject: 'subject-alice' },
    },
  ]);
});
