import { describe, expect, test } from 'vitest';
import type { Lock } from '../../console/api/admin-api.ts';
import { lockKinds, lockTargetOf, untilOf } from '../../console/pages/people/lock-target.ts';
import { personId } from '../../console/pages/people/person-id.ts';
import {
  byTime,
  deviceAttributes,
  deviceFacts,
  deviceName,
  listedLockWords,
  lockWords,
  sparedWords,
  standingOf,
} from '../../console/pages/people/session-words.ts';
import { personId as relayPersonId, readPersonId } from '../../relay/administration/people.ts';

describe('who somebody is in an address', () => {
  test.each([
    { issuer: 'https://login.example.com', subject: 'alice' },
    { issuer: 'https://login.example.com/', subject: 'ü/ñ 漢字 "quoted"' },
    { issuer: '', subject: '???>>>' },
  ])('$subject is named as the relay names them', (person) => {
    expect(personId(person)).toBe(relayPersonId(person));
    expect(readPersonId(personId(person))).toEqual(person);
  });
});

test('a lock that relays spare says which of them lets whom in', () => {
  const lock = {
    id: 'l1',
    target: { type: 'address', network: '192.0.2.0/24' },
    reason: 'r',
    author: 'dana',
    createdAtMs: 1,
    untilMs: null,
    removed: null,
    username: null,
    sparedAt: [
      { relay: 'relay-a', addresses: ['192.0.2.7'] },
      { relay: 'relay-b', addresses: ['192.0.2.0/28', '192.0.2.9'] },
    ],
  } as const;
  const spared = [...lock.sparedAt].map(({ relay, addresses }) => ({ relay, addresses: [...addresses] }));
  expect(sparedWords({ ...lock, sparedAt: spared })).toBe(
    'The network 192.0.2.0/24: relay-a lets in 192.0.2.7; relay-b lets in 192.0.2.0/28, 192.0.2.9',
  );
});

describe('sessions in words', () => {
  const device = { name: 'a\u202ebc\n', system: '', appVersion: '0.1.0' };

  test.each([
    [{ ended: null, openTunnels: 2 }, 'connected'],
    [{ ended: null, openTunnels: 0 }, 'signed in'],
    [{ ended: { by: 'dana', reason: 'x', atMs: 1 }, openTunnels: 1 }, 'ended'],
  ])('%o is %s', (session, words) => {
    expect(standingOf(session).words).toBe(words);
  });

  test('what a client says of its device can’t turn the text around or break the line', () => {
    const named = (name: string, chosenName: string | null) => deviceName({ device: { ...device, name }, chosenName });
    expect(named(device.name, null)).not.toMatch(/[\u202e\n]/);
    expect(named(device.name, 'Büro')).not.toMatch(/[\u202e\n]/);
    expect([named(' ', null), named('pc-1', 'Büro'), named('', 'Büro')]).toEqual([
      'A device without a name',
      'Büro (pc-1)',
      'Büro',
    ]);
    expect(deviceFacts({ device })).toBe('Causeway 0.1.0');
    expect(deviceAttributes({ device })).toBeNull();
    const attributes = { asset: 'PC-\u202e4711\n', managed: 'yes' };
    expect(deviceAttributes({ device: { ...device, attributes } })).toMatch(
      /^asset: "PC-[^\u202e\n]*4711[^\u202e\n]*", managed: "yes"$/,
    );
    const posing = { asset: 'PC-1, managed: yes', '"x": 1, y': String.raw`a" \b` };
    expect(deviceAttributes({ device: { ...device, attributes: posing } })).toBe(
      String.raw`asset: "PC-1, managed: yes", "\"x\": 1, y": "a\" \\b"`,
    );
  });

  test('the last used comes first', () => {
    expect(byTime({ old: 1, newest: 3, newer: 2 })).toEqual(['newest', 'newer', 'old']);
  });

  test.each<[Lock['target'], string]>([
    [{ type: 'everything' }, 'Everything'],
    [{ type: 'person', who: 'u-1', issuer: null }, 'The person “u-1”'],
    [{ type: 'group', group: 'sre' }, 'The group “sre”'],
    [{ type: 'device', device: 'd' }, 'The device “d”'],
    [{ type: 'api', api: 'orders' }, 'The API “orders”'],
    [{ type: 'session', session: 's' }, 'The session “s”'],
    [{ type: 'address', network: '192.0.2.7' }, 'The address 192.0.2.7'],
    [{ type: 'address', network: '192.0.2.0/24' }, 'The network 192.0.2.0/24'],
  ])('a lock on %o', (target, words) => {
    expect(lockWords({ target })).toBe(words);
  });

  test.each<[string | null, Lock['target'], string]>([
    ['carol', { type: 'person', who: 'u-7', issuer: 'https://a.example' }, 'The person “carol” (u-7)'],
    ['c\u202earol', { type: 'person', who: 'u-7', issuer: null }, 'The person “c arol” (u-7)'],
    [null, { type: 'person', who: 'u-7', issuer: null }, 'The person “u-7”'],
    [null, { type: 'api', api: 'orders' }, 'The API “orders”'],
  ])('of the list, on a person whom sessions know as %j', (username, target, words) => {
    expect(listedLockWords({ target, username })).toBe(words);
  });

  test('a lock on the person who is looked at has their name', () => {
    expect(lockWords({ target: { type: 'person', who: 'u-1', issuer: null } }, 'alice')).toBe('alice');
    expect(lockWords({ target: { type: 'everything' } }, 'alice')).toBe('Everything');
  });
});

describe('a lock, as the admin API takes it', () => {
  test.each([
    ['person', '', null],
    ['api', '  ', null],
    ['everything', '', { everything: true }],
    ['everything', 'left over', { everything: true }],
    ['person', ' alice ', { person: 'alice' }],
    ['api', 'orders', { api: 'orders' }],
  ] as const)('on %s “%s”', (kind, name, target) => {
    expect(lockTargetOf(kind, name)).toEqual(target);
  });

  test('each kind names one thing', () => {
    expect(lockKinds.map(({ value }) => Object.keys(lockTargetOf(value, 'x') ?? {}).length)).toEqual(
      lockKinds.map(() => 1),
    );
  });

  test.each([
    ['1', { until: '1970-01-01T01:00:00.000Z' }],
    ['168', { until: '1970-01-08T00:00:00.000Z' }],
    ['open', {}],
    ['nothing', {}],
  ])('of the span %s', (span, until) => {
    expect(untilOf(span, 0)).toEqual(until);
  });
});
