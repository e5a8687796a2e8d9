import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import type { DaySegment } from '../../../../relay/audit/retention/day-segments.ts';
import { findDays } from '../../../../relay/audit/retention/find-days.ts';

const dayMs = 86_400_000;
/** Records in a table of their own, by number; of a text no time is known. */
function daysOf(records: readonly (readonly [seq: number, time: number | string])[]): DaySegment[] {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec('CREATE TABLE audit (seq INTEGER PRIMARY KEY, payload TEXT)');
  const insert = database.prepare('INSERT INTO audit VALUES (?, ?)');
  for (const [seq, time] of records) insert.run(seq, typeof time === 'string' ? time : `{"timeMs":${time}}`);
  return findDays(database);
}

const at = (day: number): number => day * dayMs;

it.each<[what: string, records: (readonly [number, number | string])[], days: [firstSeq: number, day: number][]]>([
  ['no records', [], []],
  ['one', [[1, at(10)]], [[1, 10]]],
  ['one without a time', [[1, '{}']], [[1, 0]]],
  [
    'the last moment of a day and the first of the next',
    [
      [1, at(11) - 1],
      [2, at(11)],
    ],
    [
      [1, 10],
      [2, 11],
    ],
  ],
  [
    'several of each day',
    [1, 2, 3, 4, 5, 6, 7].map((seq) => [seq, at(10 + Math.floor(seq / 3))] as const),
    [
      [1, 10],
      [3, 11],
      [6, 12],
    ],
  ],
  [
    'a day in between without any',
    [
      [1, at(10)],
      [2, at(13)],
    ],
    [
      [1, 10],
      [2, 13],
    ],
  ],
  [
    'what is left after a cut',
    [
      [40, at(10)],
      [41, at(10)],
      [42, at(11)],
    ],
    [
      [40, 10],
      [42, 11],
    ],
  ],
  [
    'a clock that was put back',
    [
      [1, at(10)],
      [2, at(11)],
      [3, at(11)],
      [4, at(10)],
    ],
    [
      [1, 10],
      [2, 11],
    ],
  ],
  [
    'one without a time among others',
    [
      [1, at(10)],
      [2, 'torn'],
      [3, at(10)],
      [4, at(11)],
    ],
    [
      [1, 10],
      [4, 11],
    ],
  ],
])('the days of %s are found', (_what, records, days) => {
  expect(daysOf(records)).toEqual(days.map(([firstSeq, day]) => ({ firstSeq, day })));
});

it('the days of many records are found, wherever each begins', () => {
  for (let first = 1; first <= 40; first += 1) {
    const records = Array.from({ length: 40 }, (_, index) => [index + 1, at(index + 1 < first ? 5 : 6)] as const);
    const expected = [
      { firstSeq: 1, day: 5 },
      { firstSeq: first, day: 6 },
    ];
    expect(daysOf(records), String(first)).toEqual(first === 1 ? expected.slice(1) : expected);
  }
});
