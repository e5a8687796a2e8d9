import { expect, test } from 'vitest';
import { pushedDown, roomAbove } from '../../ui/model/room-above.ts';

test('rows follow each other, the first one and one that stands apart have room above them', () => {
  const rows = [
    { start: 990, end: 1023 },
    { start: 1023, end: 1056 },
    { start: 3300, end: 3333 },
  ];
  expect(rows.map((_, place) => roomAbove(rows, place))).toEqual([990, 0, 2244]);
});

test('only rows with room above have a style of their own', () => {
  expect([0, 990].map(pushedDown)).toEqual([undefined, { marginTop: 990 }]);
});
