import { describe, expect, it } from 'vitest';
import { syntheticDay } from './synthetic-day.ts';

describe('a synthetic day', () => {
  it('has forty incidents of all kinds: all are found, with five false alarms at most', () => {
    const { incidents, missed, falseAlarms } = syntheticDay({ seed: 1, requests: 50_000, people: 2000 });
    expect(incidents).toHaveLength(40);
    expect(new Set(incidents.map(({ rule }) => rule)).size).toBe(9);
    expect(missed).toEqual([]);
    expect(falseAlarms.length, JSON.stringify(falseAlarms)).toBeLessThanOrEqual(5);
  });
});
