import { describe, expect, it } from 'vitest';
import { momentOf, timeOf } from '../../shared/moment.ts';

const nowMs = Date.parse('2026-02-01T12:00:00Z');

describe('a time as typed', () => {
  it.each([
    'yesterday',
    '5',
    '',
    '2026',
    'March 7',
    '2026-02-30',
    '2026-13-01',
    '2026-01-31T25:00:00Z',
    '2026-01-31 08:00',
    '-24h',
    '24hours',
  ])('is refused when it is %j', (text) => {
    expect(() => timeOf(text)).toThrow('isn’t a time');
    expect(() => momentOf(text, nowMs)).toThrow('isn’t a time');
  });

  it('may be of so long ago only where that is meant', () => {
    expect(() => timeOf('24h')).toThrow('isn’t a time');
  });

  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.5+02:00', '2026-01-31T06:00:00.500Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['90s', '2026-02-01T11:58:30.000Z'],
    ['30m', '2026-02-01T11:30:00.000Z'],
    ['7d', '2026-01-25T12:00:00.000Z'],
    ['2w', '2026-01-18T12:00:00.000Z'],
  ])('takes %s for %s', (text, time) => {
    expect(new Date(momentOf(text, nowMs)).toISOString()).toBe(time);
  });
});
