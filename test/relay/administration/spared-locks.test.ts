import { pino } from 'pino';
import { describe, expect, it, test } from 'vitest';
import {
  countSpared,
  findingLockId,
  sparedByConfig,
  sparedLocks,
  withSpared,
} from '../../../relay/administration/spared-locks.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import type { Config } from '../../../relay/config/config-schema.ts';
import { type Lock, newLock } from '../../../relay/sessions/lock.ts';
import { locksInForce } from '../../../relay/sessions/locks-in-force.ts';

type Settings = Pick<Config, 'relay' | 'anomalies'>;

const silent = pino({ enabled: false });
const settings = (proxies: readonly string[], neverLock: readonly string[] = []): Settings =>
  ({
    relay: { trusted_proxies: { addresses: proxies } },
    anomalies: anomaliesSchema.parse({ refused_sign_ins: { never_lock: neverLock } }),
  }) as unknown as Settings;

const lockOn = (network: string, id?: string): Lock => {
  const lock = newLock({ type: 'address', network }, { reason: 'r', author: 'a', untilMs: null }, Date.now());
  return { ...lock, ...(id === undefined ? {} : { id }) };
};
const found = findingLockId('f1');

describe('a caller from a locked address', () => {
  it.each<[string, Settings, Lock, string, boolean]>([
    ['is shut out', settings([]), lockOn('192.0.2.7'), '192.0.2.7', false],
    ['is shut out by a finding', settings([], ['198.51.100.0/24']), lockOn('192.0.2.7', found), '192.0.2.7', false],
    ['is let in as a proxy of this relay', settings(['192.0.2.0/24']), lockOn('192.0.2.7'), '192.0.2.7', true],
    ['is let in as one proxy of a network', settings(['192.0.2.7']), lockOn('192.0.2.0/24'), '192.0.2.7', true],
    ['is shut out beside a proxy', settings(['192.0.2.7']), lockOn('192.0.2.0/24'), '192.0.2.8', false],
    ['is let in from this machine', settings([]), lockOn('127.0.0.1'), '127.0.0.1', true],
    ['is let in from an office', settings([], ['192.0.2.0/24']), lockOn('192.0.2.7', found), '192.0.2.7', true],
    ['is shut out by an administrator', settings([], ['192.0.2.0/24']), lockOn('192.0.2.7'), '192.0.2.7', false],
    ['is let in from a link', settings([]), lockOn('fe80::/64', found), 'fe80::1%eth0', true],
    ['is let in over IPv4 in IPv6', settings(['192.0.2.7']), lockOn('192.0.2.7'), '::ffff:192.0.2.7', true],
    ['is shut out where nothing can be read', settings(['192.0.2.7']), lockOn('192.0.2.7'), 'nowhere', false],
  ])('%s', (_what, config, lock, address, isSpared) => {
    expect(sparedLocks(() => config, silent)(lock, address)).toBe(isSpared);
  });

  it('is told once, with what spares it', () => {
    const lines: { readonly lock?: string; readonly spared?: string }[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as object) });
    const isSpared = sparedLocks(() => settings(['192.0.2.0/24']), log);
    const lock = lockOn('192.0.2.7');
    for (let times = 0; times < 3; times += 1) isSpared(lock, '192.0.2.7');
    expect(lines.map(({ lock: id, spared }) => [id, spared])).toEqual([[lock.id, '192.0.2.0/24']]);
  });
});

describe('a list of locks', () => {
  const relays = [
    { id: 'none', sparedAddresses: sparedByConfig(settings([])) },
    { id: 'some', sparedAddresses: sparedByConfig(settings(['192.0.2.7', '2001:db8::/32'], ['192.0.2.0/25'])) },
  ];

  it.each<[string, Lock, readonly string[]]>([
    ['an address that no config names', lockOn('203.0.113.1'), []],
    ['a proxy', lockOn('192.0.2.7'), ['192.0.2.7']],
    ['the network of a proxy', lockOn('192.0.2.0/24'), ['192.0.2.7']],
    ['an office, by hand', lockOn('192.0.2.8'), []],
    ['an office, by a finding', lockOn('192.0.2.8', found), ['192.0.2.0/25']],
    ['a network, by a finding', lockOn('192.0.2.0/24', found), ['192.0.2.7', '192.0.2.0/25']],
    ['a part of a network of IPv6', lockOn('2001:db8:0:1::/64'), ['2001:db8::/32']],
    ['the network beside it', lockOn('2001:db9::/64'), []],
    ['a bit beside it', lockOn('192.0.2.128/25', found), []],
  ])('says where one on %s is spared', (_what, lock, addresses) => {
    const sparedAt = addresses.length === 0 ? [] : [{ relay: 'some', addresses }];
    expect(withSpared([lock], relays)).toEqual([{ ...lock, sparedAt }]);
  });

  it('says nothing of locks that are on no address', () => {
    const lock = newLock({ type: 'everything' }, { reason: 'r', author: 'a', untilMs: null }, Date.now());
    expect(withSpared([lock], relays)).toEqual([{ ...lock, sparedAt: [] }]);
  });

  it('skips what of another relay’s config, or of a lock, isn’t an address here', () => {
    const strange = { id: 'strange', sparedAddresses: { always: ['nonsense', '192.0.2.7/99', ''], ofFindings: [] } };
    const unreadable = lockOn('nowhere');
    expect(withSpared([lockOn('192.0.2.7', 'a'), unreadable], [strange, ...relays])).toMatchObject([
      { id: 'a', sparedAt: [{ relay: 'some', addresses: ['192.0.2.7'] }] },
      { id: unreadable.id, sparedAt: [] },
    ]);
  });

  it('counts those of its own', () => {
    const locks = [lockOn('192.0.2.7'), lockOn('192.0.2.8'), lockOn('192.0.2.9', found)];
    expect(countSpared(locks, settings(['192.0.2.7'], ['192.0.2.9']))).toBe(2);
  });
});

test('two relays that share a lock go by their own configs, and by new ones at once', () => {
  let office = settings([], ['192.0.2.0/24']);
  const elsewhere = settings([], []);
  const lock = lockOn('192.0.2.7', found);
  const [one, other] = [() => office, () => elsewhere].map((config) => {
    const locks = locksInForce(Date.now, sparedLocks(config, silent));
    locks.put([lock]);
    return locks;
  });
  expect([one?.ofAddress('192.0.2.7'), other?.ofAddress('192.0.2.7')]).toEqual([null, lock]);
  office = settings([]);
  expect(one?.ofAddress('192.0.2.7')).toEqual(lock);
});
