import { describe, expect, it } from 'vitest';
import { createDetector } from '../../../relay/anomalies/detector.ts';
import { History } from '../../../relay/anomalies/history.ts';
import { createLineDetector } from '../../../relay/anomalies/observe-lines.ts';
import { allowedRequest } from '../../../relay/anomalies/usual-requests.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { alice, decision, outcome } from '../audit/audit-records.ts';

const settings = anomaliesSchema.parse({ known_days: 1, quiet_minutes: 5, path_scan: { paths: 4, minutes: 5 } });
const fromMs = Date.parse('2026-11-02T00:00:00Z');
const hourMs = 3_600_000;

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Twenty days of few people, in bursts: most requests are like others, and some are all that the rules look for. */
function* records(seed: number): Generator<AuditRecord> {
  const below = numbers(seed);
  const pick = <Item>(items: readonly [Item, ...Item[]], others = 60): Item =>
    (below(others) === 0 ? items[below(items.length)] : undefined) ?? items[0];
  let timeMs = fromMs;
  for (let request = 0; request < 6000; request += 1) {
    timeMs += below(100) === 0 ? below(16 * hourMs) : below(8000);
    const name = ['alice', 'bob', 'carol'][below(3)] ?? 'alice';
    const caller: AuditCaller = {
      ...alice,
      subject: name,
      username: name,
      sessionId: `${name}-${pick(['1', '2'])}`,
      device: pick(['laptop', 'phone', '"},"api":"']),
      remoteAddress: pick(['10.1.0.1', '10.2.0.1', '185.1.0.1']),
    };
    const id = `r${request}`;
    const isDenied = below(12) === 0;
    yield decision(id, {
      timeMs,
      caller,
      api: pick(['orders', 'wiki', 'payroll'], 20),
      path: `/v1/${below(40)}`,
      effect: isDenied ? 'deny' : 'allow',
      rule: isDenied ? null : pick(['staff', 'break-glass', ',"reason":"']),
    });
    if (!isDenied) yield { ...outcome(id, pick([200, 404, 410, 500], 8)), timeMs: timeMs + 1 };
    if (below(200) === 0)
      yield {
        type: 'authentication-refused',
        timeMs,
        remoteAddress: '185.2.0.1',
        code: 'token-rejected',
        detail: '',
        claimed: null,
        of: 'token',
      };
  }
}

describe('records as they are stored', () => {
  it.each([1, 2, 3])('let the rules find the same as records that are all looked at (%s)', (seed) => {
    const whole = createDetector(settings, new History());
    const lines = createLineDetector(settings, new History());
    let parsed = 0;
    const rules = new Set<string>();
    for (const record of records(seed)) {
      const expected = whole.observe(record);
      const observed = lines.observe(auditLine(record));
      expect(observed?.found ?? []).toEqual(expected);
      if (observed !== null) parsed += 1;
      for (const { rule } of expected) rules.add(rule);
    }
    expect([...rules]).toEqual(expect.arrayContaining(['path-scan', 'two-places', 'break-glass', 'first-use-of-api']));
    // Otherwise nothing was shown.
    expect(parsed).toBeLessThan(9000);
  });
});

describe('other thresholds', () => {
  it('count for requests that told nothing so far', () => {
    const lines = createLineDetector(settings, new History());
    const usual = (second: number): string =>
      auditLine(decision(`r${second}`, { timeMs: fromMs + second * 1000, caller: alice, rule: 'root' }));
    const found = (second: number): number | undefined => lines.observe(usual(second))?.found.length;
    expect([0, 1, 2].map(found)).toEqual([0, undefined, undefined]);
    lines.replace(anomaliesSchema.parse({ break_glass: { names: ['root'] } }));
    expect(found(3)).toBe(1);
  });
});

describe('the line of an allowed request', () => {
  it.each([
    ['of a denied one', decision('r1', { effect: 'deny', rule: null })],
    ['of an outcome', outcome('r1')],
    ['of a session', { type: 'session', timeMs: 1, event: 'opened', caller: alice, detail: '' }],
  ] as const)('isn’t that %s', (_, record) => {
    expect(allowedRequest(auditLine(record))).toBeNull();
  });

  it.each([
    '',
    '{',
    '{"type":"decision","requestId":"r1"',
    '{"type":"decision","requestId":"r1","timeMs":1,"caller":{}',
  ])('isn’t a piece of one: %s', (line) => expect(allowedRequest(line)).toBeNull());

  it.each(['},"api":"other","method":"', '","effect":"deny","rule":', '\\",\\"caller\\":', '"timeMs":2,"'])(
    'is read right with %s in its texts',
    (text) => {
      const caller = { ...alice, username: text, groups: [text] };
      const read = allowedRequest(
        auditLine(decision('r1', { caller, api: text, path: text, rule: text, reason: text })),
      );
      expect(read).toMatchObject({ requestId: 'r1', timeMs: 1_800_000_000_000, caller: JSON.stringify(caller) });
      expect(read?.what).toContain(JSON.stringify(text).slice(1, -1));
    },
  );
});
