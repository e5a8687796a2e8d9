import { describe, expect, it } from 'vitest';
import { type FilterTexts, readCount, readFilters } from '../../../../relay/audit/reading/read-filters.ts';

const nowMs = Date.parse('2026-02-01T12:00:00Z');

describe('filters as typed', () => {
  it.each<[FilterTexts, string]>([
    [{ since: 'yesterday' }, 'isn’t a time'],
    [{ since: '5' }, 'isn’t a time'],
    [{ since: '' }, 'isn’t a time'],
    [{ since: '-24h' }, 'isn’t a time'],
    [{ since: '24hours' }, 'isn’t a time'],
    [{ until: '2026-13-01' }, 'isn’t a time'],
    [{ until: '2026-02-30' }, 'isn’t a time'],
    [{ until: '2026-02-30T08:00:00Z' }, 'isn’t a time'],
    [{ until: '2026-01-31T25:00:00Z' }, 'isn’t a time'],
    [{ until: '31.01.2026' }, 'isn’t a time'],
    [{ since: '1h', until: '2h' }, '“since” must be before “until”'],
    [{ since: '2026-01-31', until: '2026-01-31' }, '“since” must be before “until”'],
    [{ status: '4o4' }, 'isn’t a status'],
    [{ status: '600' }, 'isn’t a status'],
    [{ status: '40' }, 'isn’t a status'],
    [{ status: '4x4' }, 'isn’t a status'],
    [{ method: 'FETCH' }, 'isn’t an HTTP method'],
    [{ path: 'v1/orders' }, 'isn’t a path'],
    [{ path: '/v1/orders?id=1' }, 'isn’t a path'],
    [{ address: '10.0.0' }, 'isn’t an IP address'],
    [{ address: 'laptop' }, 'isn’t an IP address'],
  ])('refuses %j', (flags, words) => {
    expect(() => readFilters(flags, nowMs)).toThrow(words);
  });

  it.each([['0'], ['-1'], ['1.5'], ['ten'], [''], ['1e3'], ['101']])('refuses %j as a count up to 100', (text) => {
    expect(() => readCount(text, 'limit', 100)).toThrow('“limit” must be a whole number from 1 to 100');
  });

  it('reads each as records have it', () => {
    const flags = { method: 'get', status: '5XX', address: '0:0::1', path: '/v1', since: '24h', until: '2026-02-01' };
    expect(readFilters(flags, nowMs)).toEqual({
      method: 'GET',
      status: '5xx',
      address: '::1',
      path: '/v1',
      sinceMs: nowMs - 86_400_000,
      untilMs: nowMs - 43_200_000,
    });
  });
});
