import { expect, test } from 'vitest';
import { TunnelLedger } from '../../../relay/workers/tunnel-ledger.ts';

const limits = { max_tunnels: 4, max_tunnels_per_user: 2 };
const ledger = (): TunnelLedger => new TunnelLedger(() => limits);

test('a person has twice as many connections as tunnels, over all workers', () => {
  const all = ledger();
  expect([1, 2, 1, 2].map((worker) => all.connect(worker, 'ann'))).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(all.connect(1, 'ann')).toBe('full-for-person');
  expect(all.connect(1, 'bob')).toBe('ok');
  all.disconnect(2, 'ann');
  expect(all.connect(1, 'ann')).toBe('ok');
});

test('connections are capped in all', () => {
  const all = ledger();
  for (let person = 0; person < 8; person += 1) expect(all.connect(person % 2, `person ${person}`)).toBe('ok');
  expect(all.connect(1, 'one more')).toBe('full');
});

test('a disconnect that was never counted counts nothing back', () => {
  const all = ledger();
  all.connect(1, 'ann');
  all.disconnect(2, 'ann');
  all.disconnect(1, 'bob');
  expect(all.connections).toBe(1);
});

test('beyond a person’s tunnels the one that is away longest ends; without one, there is no place', () => {
  const all = ledger();
  expect(all.open(1, 'ann', 'a')).toEqual({ status: 'ok', toEnd: null });
  expect(all.open(2, 'ann', 'b')).toEqual({ status: 'ok', toEnd: null });
  expect(all.open(1, 'ann', 'c')).toEqual({ status: 'full' });
  all.lost('b', 2000);
  all.lost('a', 1000);
  expect(all.open(2, 'ann', 'c')).toEqual({ status: 'ok', toEnd: { worker: 1, person: 'ann', sessionId: 'a' } });
  all.lost('b', null);
  expect(all.open(2, 'ann', 'd')).toEqual({ status: 'full' });
  expect(all.tunnels).toBe(2);
});

test('another person’s lost tunnel makes room only when the relay is full', () => {
  const all = ledger();
  for (const [person, id] of [
    ['ann', 'a'],
    ['ann', 'b'],
    ['bob', 'c'],
    ['bob', 'd'],
  ] as const)
    all.open(1, person, id);
  all.lost('c', 1);
  expect(all.open(2, 'ann', 'e')).toEqual({ status: 'full' });
  expect(all.open(2, 'eve', 'e')).toMatchObject({ status: 'ok', toEnd: { sessionId: 'c' } });
});

test('a tunnel that was to end but is back counts on, even beyond the limit', () => {
  const all = ledger();
  all.open(1, 'ann', 'a');
  all.open(1, 'ann', 'b');
  all.lost('a', 1);
  all.open(2, 'ann', 'c');
  all.keep(1, 'ann', 'a');
  all.keep(1, 'ann', 'a');
  expect(all.tunnels).toBe(3);
  all.end('a');
  expect(all.open(2, 'ann', 'd')).toEqual({ status: 'full' });
});

test('what a worker had is forgotten with it', () => {
  const all = ledger();
  all.connect(1, 'ann');
  all.connect(2, 'ann');
  all.open(1, 'ann', 'a');
  all.open(2, 'ann', 'b');
  all.forget(1);
  expect([all.connections, all.tunnels]).toEqual([1, 1]);
  expect([all.connectionsAt(1), all.connectionsAt(2)]).toEqual([0, 1]);
  expect(all.open(2, 'ann', 'c')).toEqual({ status: 'ok', toEnd: null });
});
