import { describe, expect, test } from 'vitest';
import { daySummary, latestOf, perMinute } from '../../console/pages/overview/day-numbers.ts';
import { troublesOf } from '../../console/pages/overview/troubles.ts';

const problem = {
  code: 'certificate-ended',
  severity: 'critical',
  about: 'relay.tls',
  what: 'It has ended.',
  why: 'Time passes.',
  remedy: 'A new one.',
  look: '/admin/v1/certificates',
} as const;

describe('what is wrong now', () => {
  test.each([
    ['certificate-ended', ['see-relay'], '/console/settings'],
    ['provider-unreachable', ['see-relay'], '/console/settings'],
    ['access-requests-waiting', ['see-relay', 'read-people'], '/console/access'],
    ['anomalies-unacknowledged', ['see-relay', 'read-usage'], '/console/anomalies'],
    ['emergency-sign-in', ['see-relay', 'read-usage'], '/console/anomalies'],
    ['sink-behind', ['see-relay', 'read-audit'], '/console/audit'],
    ['audit-unhealthy', ['see-relay'], '/console/relays'],
    // Where the page isn’t part of the role, and for what a newer relay may say.
    ['sink-behind', ['see-relay'], '/console/relays'],
    ['from-tomorrow', ['see-relay', 'read-config'], '/console/relays'],
  ] as const)('%s with %o leads to one place', (code, rights, href) => {
    expect(troublesOf([{ ...problem, code }], rights).map(({ action }) => action.href)).toEqual([href]);
  });

  test('stays in the order of the relay, with a tone by severity', () => {
    const severities = ['critical', 'warning', 'info'] as const;
    const shown = troublesOf(
      severities.map((severity) => ({ ...problem, severity })),
      ['see-relay'],
    );
    expect(shown.map(({ tone }) => tone)).toEqual(['bad', 'warning', 'info']);
  });
});

describe('numbers of the day', () => {
  test.each([
    [undefined, 5, 0],
    [{ atMs: 0, untilMs: 0 }, 5, 0],
    [{ atMs: 0, untilMs: 300_000 }, undefined, 0],
    [{ atMs: 0, untilMs: 300_000 }, 50, 10],
    [{ atMs: 0, untilMs: 30_000 }, 5, 10],
  ])('%o with %s is %d a minute', (span, count, rate) => {
    expect(perMinute(span, count)).toBe(rate);
  });

  test('the last known value counts', () => {
    expect(latestOf([1, 2, null])).toBe(2);
    expect(latestOf([0, null])).toBe(0);
    expect(latestOf([null])).toBeNull();
  });

  test('hours add up', () => {
    expect(daySummary([])).toEqual({ requests: 0, denied: 0 });
    expect(
      daySummary([
        { requests: 2, denied: 1 },
        { requests: 3, denied: 0 },
      ]),
    ).toEqual({ requests: 5, denied: 1 });
  });
});
