import { describe, expect, test } from 'vitest';
import { cellText, compareCells, type DataColumn, fittingColumns, tracksOf } from '../../console/table/column.ts';
import { nextSort, readSort, rowText, tableCsv } from '../../console/table/table-text.ts';

interface Row {
  readonly name: string;
  readonly count: number | null;
  readonly timeMs: number;
}

const columns: readonly DataColumn<Row>[] = [
  { id: 'name', title: 'Name', value: ({ name }) => name, minPx: 100, rank: 0 },
  { id: 'count', title: 'Count', value: ({ count }) => count, minPx: 60, grow: 0, rank: 2 },
  {
    id: 'time',
    title: 'When',
    value: ({ timeMs }) => timeMs,
    text: ({ timeMs }) => new Date(timeMs).toISOString(),
    minPx: 80,
    rank: 1,
  },
];
const row: Row = { name: '=cmd|calc', count: null, timeMs: 0 };

describe('columns', () => {
  test.each([
    [1000, ['name', 'count', 'time']],
    [296, ['name', 'count', 'time']],
    [295, ['name', 'time']],
    [219, ['name']],
    // The one that always stays is shown however narrow it gets.
    [10, ['name']],
  ])('at %d px', (width, ids) => {
    expect(fittingColumns(columns, width).map(({ id }) => id)).toEqual(ids);
  });

  test('share the width by their tracks', () => {
    expect(tracksOf(columns)).toBe('minmax(100px,1fr) 60px minmax(80px,1fr)');
  });

  test.each([
    [1, 2, -1],
    ['item 10', 'item 9', 1],
    ['Ärger', 'angle', 1],
    ['ALICE', 'alice', 0],
    [null, 'z', 1],
    [0, null, -1],
    [null, null, 0],
  ])('%s and %s', (one, other, sign) => {
    expect(Math.sign(compareCells(one, other))).toBe(sign);
  });
});

describe('copies and exports', () => {
  test('a cell that says nothing is empty, and a time is one that programs read', () => {
    expect(columns.map((column) => cellText(column, row))).toEqual(['=cmd|calc', '', '1970-01-01T00:00:00.000Z']);
  });

  test('a spreadsheet finds no formula, and each row is one line', () => {
    const csv = tableCsv(columns, [row, { ...row, name: 'a "quoted"\r\nname, with commas' }]);
    expect(csv).toBe(
      'Name,Count,When\r\n' +
        "'=cmd|calc,,1970-01-01T00:00:00.000Z\r\n" +
        '"a ""quoted""\r\nname, with commas",,1970-01-01T00:00:00.000Z\r\n',
    );
  });

  test('a copied row is one line, its cells apart by tabs', () => {
    expect(rowText(columns, { ...row, name: 'a\tb\nc' })).toBe('a b c\t\t1970-01-01T00:00:00.000Z');
  });
});

describe('the sort in the address', () => {
  test.each([
    ['', []],
    ['name', [{ id: 'name', desc: false }]],
    ['-time', [{ id: 'time', desc: true }]],
    ['--time', []],
    ['nothing', []],
  ])('%s is read', (text, expected) => {
    expect(readSort(text, columns)).toEqual(expected);
  });

  test('rises, falls, then is as it came', () => {
    expect(nextSort('', 'name')).toBe('name');
    expect(nextSort('name', 'name')).toBe('-name');
    expect(nextSort('-name', 'name')).toBe('');
    expect(nextSort('-time', 'name')).toBe('name');
  });
});
