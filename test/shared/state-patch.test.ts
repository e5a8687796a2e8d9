import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch, diffState } from '../../shared/state-patch.ts';

test.each<[object, object, unknown]>([
  [{ a: 1 }, { a: 1 }, null],
  [{ a: 1 }, { a: 2 }, { set: { a: 2 } }],
  [{ a: 1, b: 2 }, { a: 1 }, { unset: ['b'] }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { in: { a: { set: { c: 3 } } } }],
  [{ a: [1, { b: 1 }] }, { a: [1, { b: 2 }] }, { in: { a: { in: { 1: { set: { b: 2 } } } } } }],
  [{ a: [1] }, { a: [1, 2] }, { set: { a: [1, 2] } }],
  [{ a: null }, { a: {} }, { set: { a: {} } }],
  [{ a: {} }, { a: [] }, { set: { a: [] } }],
  [{ a: undefined }, {}, { unset: ['a'] }],
])('from %j to %j it is %j', (before, after, patch) => {
  expect(diffState(before, after)).toEqual(patch);
});

const plain = fc.object({ maxDepth: 3, key: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 2 }) });

test('whatever the states are, the patch leads from one to the other, over the wire too', () => {
  fc.assert(
    fc.property(plain, plain, (before, after) => {
      const patch = diffState(before, after);
      expect(patch === null ? before : applyPatch(before, structuredClone(patch))).toEqual(after);
    }),
  );
});

test('what didn’t change stays the same object', () => {
  const before = { rows: { a: { n: 1 }, b: { n: 1 } }, list: [{ x: 1 }, { x: 2 }] };
  const patch = diffState(before, { rows: { a: { n: 1 }, b: { n: 2 } }, list: [{ x: 1 }, { x: 3 }] });
  if (patch === null) throw new Error('There is a change.');
  const after = applyPatch(before, patch);
  expect(after.rows.a).toBe(before.rows.a);
  expect(after.list[0]).toBe(before.list[0]);
  expect(Array.isArray(after.list)).toBe(true);
});
