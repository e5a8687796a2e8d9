import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activityCsv } from '../../../renderer/model/activity-csv.ts';
import { textCell } from '../../../ui/model/csv-cell.ts';
import { sampleActivity } from '../../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;

describe('activityCsv', () => {
  test.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['  =1', "'  =1"],
    ['\r=1', '"\'\r=1"'],
  ])('a cell %j can’t start a formula', (text, cell) => {
    expect(textCell(text)).toBe(cell);
  });

  test('no text at all starts a cell with a formula’s first character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textCell(text)).not.toMatch(/^"?[\s]*[=+\-@]/);
      }),
    );
  });

  test('quotes, commas and line breaks are quoted (RFC 4180)', () => {
    expect(textCell('a,"b"\nc')).toBe('"a,""b""\nc"');
    expect(textCell('/v1/orders')).toBe('/v1/orders');
  });

  test('has a header line and one line an entry', () => {
    const lines = activityCsv(sampleActivity(now, 3)).split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^time,request_id,api,method,path,/);
    expect(lines[1]).toContain('/v1/orders/4700');
  });

  test('says of each API how many requests have no line, so that the column adds up', () => {
    const csv = activityCsv(sampleActivity(now, 3), { orders: 2148 });
    expect(requestsOf(csv)).toBe(2151);
    expect(csv).toMatch(/\r\n,,orders,,,,,,,,not-listed,,,,2148\r\n$/);
  });

  test('stops at a whole line about the limit, and counts the rest', () => {
    const csv = activityCsv(sampleActivity(now, 5000), {}, 10_000);
    expect(csv.length).toBeLessThanOrEqual(10_200);
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(requestsOf(csv)).toBe(5000);
  });
});

function requestsOf(csv: string): number {
  const lines = csv.trimEnd().split('\r\n').slice(1);
  return lines.reduce((sum, line) => sum + Number(line.split(',').at(-1)), 0);
}
