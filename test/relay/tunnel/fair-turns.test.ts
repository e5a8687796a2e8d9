import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairTurns } from '../../../relay/tunnel/fair-turns.ts';

/** Turns that come when we say so; what was begun is written down, turn by turn. */
function watched(): { begin: (owner: string, name: string) => void; turns: string[][]; next: () => boolean } {
  const turns: string[][] = [[]];
  const coming: (() => void)[] = [];
  const fair = new FairTurns<string>((callback) => coming.push(callback));
  return {
    begin: (owner, name) => fair.begin(owner, () => turns.at(-1)?.push(name)),
    turns,
    next: () => {
      const callbacks = coming.splice(0);
      if (callbacks.length === 0) return false;
      turns.push([]);
      for (const callback of callbacks) callback();
      return true;
    },
  };
}

test('little work is begun at once', () => {
  const { begin, turns } = watched();
  for (let index = 1; index <= 4; index += 1) begin('ann', `a${index}`);
  expect(turns).toEqual([['a1', 'a2', 'a3', 'a4']]);
});

test('a crowd is spread over turns, and somebody else’s work does not wait for the end of it', () => {
  const { begin, turns, next } = watched();
  for (let index = 1; index <= 100; index += 1) begin('ann', `a${index}`);
  begin('bob', 'b1');
  next();
  expect(turns[0]).toHaveLength(4);
  expect(turns[1]).toEqual(['a5', 'b1', 'a6', 'a7']);
});

test('all is begun once, in the order of its owner, at most four in a turn, and then there are no more turns', () => {
  const work = fc.array(fc.oneof(fc.constantFrom('ann', 'bob', 'eve'), fc.constant(null)), { maxLength: 200 });
  fc.assert(
    fc.property(work, (steps) => {
      const { begin, turns, next } = watched();
      const begunBy = new Map<string, string[]>();
      for (const [index, owner] of steps.entries()) {
        if (owner === null) {
          next();
          continue;
        }
        begunBy.set(owner, [...(begunBy.get(owner) ?? []), `${owner} ${index}`]);
        begin(owner, `${owner} ${index}`);
      }
      for (let turn = 0; next(); turn += 1) expect(turn).toBeLessThan(200);
      for (const turn of turns) expect(turn.length).toBeLessThanOrEqual(4);
      const all = turns.flat();
      expect(all).toHaveLength(steps.filter((owner) => owner !== null).length);
      for (const [owner, names] of begunBy) expect(all.filter((name) => name.startsWith(owner))).toEqual(names);
    }),
  );
});

test('new work waits behind older work of its owner', () => {
  const { begin, turns, next } = watched();
  for (let index = 1; index <= 5; index += 1) begin('ann', `a${index}`);
  next();
  begin('ann', 'a6');
  for (let index = 7; index <= 20; index += 1) begin('ann', `a${index}`);
  while (next());
  expect(turns.flat()).toEqual(Array.from({ length: 20 }, (_, index) => `a${index + 1}`));
});
