import { describe, expect, test } from 'vitest';
import { foundAnomalies, ruleWords, timeAround } from '../../console/pages/anomalies/anomaly-words.ts';

const finding = {
  id: 'f1',
  timeMs: Date.UTC(2026, 10, 29, 12),
  rule: 'denial-burst',
  person: { issuer: 'https://login', subject: 'u-1', username: 'bob' },
  api: 'payroll',
  sessionId: 's',
  device: 'bob-laptop',
  remoteAddress: '203.0.113.9',
  detail: '24 denied requests.',
  acknowledged: null,
};
const nobodys = { ...finding, id: 'f2', rule: 'refused-sign-ins', person: null, api: null };

describe('a search of findings', () => {
  test.each([
    ['', ['f1', 'f2']],
    ['bob', ['f1', 'f2']],
    ['u-1', ['f1']],
    ['many DENIALS', ['f1']],
    ['denial-burst payroll', ['f1']],
    ['refused', ['f2']],
    ['203.0.113.9 nobody', []],
  ])('for “%s”', (search, ids) => {
    expect(foundAnomalies([finding, nobodys], search).map(({ id }) => id)).toEqual(ids);
  });
});

test('a rule that this console doesn’t know yet is shown by its name', () => {
  expect(ruleWords('denial-burst')).toBe('Many denials');
  expect(ruleWords('from-tomorrow')).toBe('from-tomorrow');
});

test('records around a finding are those of the hour before it and a while after', () => {
  expect(timeAround(finding)).toEqual({ since: '2026-11-29T11:00:00.000Z', until: '2026-11-29T12:15:00.000Z' });
});
