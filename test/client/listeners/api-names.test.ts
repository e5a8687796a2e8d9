import { describe, expect, test } from 'vitest';
import { apiNames, claimNames } from '../../../client/listeners/api-names.ts';

type Record = Parameters<typeof claimNames>[1];

const port = { port: 7101, pinned: false };
const record = (change: Partial<Record> = {}): Record => ({
  relayUrl: 'https://relay.acme.example',
  relayName: 'Acme',
  ports: {},
  ...change,
});
const none = { before: [], after: [] };
const holder = record({ label: 'beta', localNames: { orders: 'short' } });

describe('the name that an API gets when it is connected', () => {
  test.each([
    ['nobody else has it', record(), none, 'short'],
    ['an earlier profile has it', record(), { before: [holder], after: [] }, 'full'],
    ['a later profile had it first', record(), { before: [], after: [holder] }, 'full'],
    [
      'an earlier one had it before names were remembered',
      record(),
      { before: [record({ ports: { orders: port } })], after: [] },
      'full',
    ],
    [
      'both had it before names were remembered, this one earlier',
      record({ ports: { orders: port } }),
      { before: [], after: [record({ ports: { orders: port } })] },
      'short',
    ],
    [
      'both had it before names were remembered, this one later',
      record({ ports: { orders: port } }),
      { before: [record({ ports: { orders: port } })], after: [] },
      'full',
    ],
    [
      'another has only the full name',
      record(),
      { before: [record({ label: 'beta', localNames: { orders: 'full' }, ports: { orders: port } })], after: [] },
      'short',
    ],
    ['another has other APIs', record(), { before: [record({ ports: { inventory: port } })], after: [] }, 'short'],
  ])('%s', (_name, own, others, expected) => {
    expect(claimNames('orders', own, others)?.localNames).toEqual({ orders: expected });
  });

  test('stays what it was, whatever the others do', () => {
    for (const name of ['short', 'full'] as const) {
      const own = record({ label: 'acme', localNames: { orders: name } });
      expect(claimNames('orders', own, none)).toBeNull();
      expect(claimNames('orders', own, { before: [holder], after: [holder] })).toBeNull();
    }
  });
});

describe('a profile’s part of the names', () => {
  const labelled = (...labels: string[]) => ({ before: labels.map((label) => record({ label })), after: [] });
  test.each([
    ['is the relay’s name', 'Acme', undefined, none, 'acme'],
    ['has only what DNS labels have', 'Zürich & Søn — Größe!', undefined, none, 'zurich-s-n-gro-e'],
    ['is bounded and doesn’t end with a hyphen', `${'a'.repeat(23)} bcd`, undefined, none, 'a'.repeat(23)],
    ['is of the address where the name has nothing for it', '会社', undefined, none, 'relay'],
    ['names the person where the relay’s name is taken', 'Acme', 'bob@acme.example', labelled('acme'), 'acme-bob'],
    ['is counted where nobody is known', 'Acme', undefined, labelled('acme'), 'acme-2'],
    ['is counted where that is taken, too', 'Acme', 'bob', labelled('acme', 'acme-bob', 'acme-2'), 'acme-3'],
  ])('%s', (_name, relayName, account, others, label) => {
    const own = record({ relayName, ...(account === undefined ? {} : { account }) });
    expect(claimNames('orders', own, others)?.label).toBe(label);
  });

  test('never changes', () => {
    const own = record({ label: 'acme', relayName: 'Renamed' });
    expect(claimNames('orders', own, labelled('acme'))?.label).toBe('acme');
  });
});

test('the full name always leads there, the short one only to whoever has it', () => {
  expect(apiNames('orders', {})).toEqual({ shown: 'orders.localhost', all: ['orders.localhost'] });
  expect(apiNames('orders', { label: 'acme', localNames: { orders: 'short' } })).toEqual({
    shown: 'orders.localhost',
    all: ['orders.localhost', 'orders.acme.localhost'],
  });
  expect(apiNames('orders', { label: 'acme', localNames: { orders: 'full' } })).toEqual({
    shown: 'orders.acme.localhost',
    all: ['orders.acme.localhost'],
  });
});
