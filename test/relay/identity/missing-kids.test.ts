import { expect, it } from 'vitest';
import { createMissingKids, type MissingKids } from '../../../relay/identity/missing-kids.ts';

const fetched = (kids: MissingKids, ...published: string[]): void => {
  kids.willFetch();
  kids.didFetch(new Set(published));
};

it.each([undefined, null, 7, '', ['a'], 'x'.repeat(257)])('a key named %j never appears', (kid) => {
  expect(createMissingKids().ask(kid, 5)).toEqual({ mayAppear: false, firstAskedMs: 5 });
});

it.each(['a', 'x'.repeat(256), '__proto__'])('a key that nobody has asked for may appear: %s', (kid) => {
  expect(createMissingKids().ask(kid, 5)).toEqual({ mayAppear: true, firstAskedMs: 5 });
});

it('a key that was asked for is waited for since then, until a fetch that began later brings it or doesn’t', () => {
  const kids = createMissingKids();
  kids.ask('a', 1);
  expect(kids.ask('a', 2)).toEqual({ mayAppear: true, firstAskedMs: 1 });
  kids.willFetch();
  kids.ask('b', 3);
  kids.didFetch(new Set(['c']));
  expect(kids.ask('a', 4)).toEqual({ mayAppear: false, firstAskedMs: 4 });
  expect(kids.ask('b', 5)).toEqual({ mayAppear: true, firstAskedMs: 3 });
  fetched(kids, 'a', 'c');
  expect(kids.ask('b', 6)).toEqual({ mayAppear: false, firstAskedMs: 6 });
});

it('a key that is published needn’t appear, and one that was published before doesn’t come back by itself', () => {
  const kids = createMissingKids();
  fetched(kids, 'a', 'b');
  expect(kids.ask('a', 1).mayAppear).toBe(false);
  fetched(kids, 'b');
  expect(kids.ask('a', 2).mayAppear).toBe(false);
  fetched(kids, 'b');
  expect(kids.ask('a', 3).mayAppear).toBe(false);
});

it('what was asked for before one fetch isn’t counted as missing by the next', () => {
  const kids = createMissingKids();
  kids.ask('a', 1);
  fetched(kids, 'a');
  kids.didFetch(new Set(['a']));
  expect(kids.ask('b', 2).mayAppear).toBe(true);
});

it('of very many names those are forgotten that were asked for longest ago', () => {
  const kids = createMissingKids();
  for (let index = 0; index < 10_000; index += 1) kids.ask(`a${index}`, 1);
  expect(kids.ask('a0', 2).firstAskedMs).toBe(1);
  kids.ask('b', 3);
  expect(kids.ask('a0', 4).firstAskedMs).toBe(1);
  expect(kids.ask('a1', 5).firstAskedMs).toBe(5);

  fetched(kids);
  for (const kid of ['b', 'a3']) expect(kids.ask(kid, 6).mayAppear).toBe(false);
  fetched(kids);
  for (const kid of ['b', 'a0', 'a3', 'a5']) expect(kids.ask(kid, 7).mayAppear, kid).toBe(false);
  expect(kids.ask('a4', 7).mayAppear).toBe(true);
});
