import { describe, expect, it } from 'vitest';
import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { addressRange } from '../../../relay/anomalies/address-range.ts';
import { createDetector } from '../../../relay/anomalies/detector.ts';
import { History } from '../../../relay/anomalies/history.ts';
import { personKey } from '../../../relay/identity/person-key.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { auditedGrant, decisionOf, outcomeOf, refusal } from './synthetic-incidents.ts';

const [minuteMs, dayMs] = [60_000, 86_400_000];
const noonMs = Date.parse('2026-11-02T12:00:00Z');
const office: AuditCaller = {
  issuer: 'https://idp.example',
  subject: 'subject-alice',
  username: 'alice',
  groups: [],
  sessionId: 'session-1',
  device: 'laptop',
  remoteAddress: '10.20.1.1',
};
const abroad = { ...office, remoteAddress: '185.1.2.3' };

type Given = Parameters<typeof decisionOf>[3];
const asked = (minute: number, given: Given = {}, caller = office): AuditRecord =>
  decisionOf(`r${minute}`, noonMs + minute * minuteMs, caller, given);
const denied = (minute: number, given: Given = {}, caller = office): AuditRecord =>
  asked(minute, { effect: 'deny', rule: null, ...given }, caller);
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));
const missing = (minute: number, path: string, status = 404): AuditRecord[] => {
  const request = decisionOf(`r${path}`, noonMs + minute * minuteMs, office, { path });
  return [request, outcomeOf(request, status)];
};

/** Alice has been here for a month, at two APIs; payroll is used by one other, the wiki by thirty. */
function history(): History {
  const known = new History();
  for (const day of [30, 1]) {
    const timeMs = noonMs - day * dayMs;
    for (const [person, apis] of [
      ['alice', ['orders']],
      ['bob', ['payroll']],
      ...times(30, (index): [string, string[]] => [`p${index}`, ['wiki']]),
    ] as const) {
      const key = personKey({ issuer: 'https://idp.example', subject: `subject-${person}` });
      known.see(key, 'account', '', timeMs);
      known.see(key, 'device', 'laptop', timeMs);
      known.see(key, 'range', '10.20.0.0/16', timeMs);
      for (const api of apis) known.see(key, 'api', api, timeMs);
    }
    known.see('', 'range', '10.20.0.0/16', timeMs);
    for (const api of ['orders', 'payroll', 'wiki']) known.see('', 'api', api, timeMs);
  }
  return known;
}

function found(records: readonly AuditRecord[], settings: object = {}): readonly string[] {
  const detector = createDetector(anomaliesSchema.parse(settings), history());
  return records.flatMap((record) => detector.observe(record)).map(({ rule }) => rule);
}

const from = (minute: number, remoteAddress: string): AuditRecord => asked(minute, {}, { ...office, remoteAddress });
const inTurn = (count: number, every: number): AuditRecord[] =>
  times(count, (index) => from(index * every, index % 2 === 0 ? office.remoteAddress : '10.40.1.1'));

/** One sign-in, over tunnels that are told by their names. */
const over = (minute: number, tunnel: string, remoteAddress: string): AuditRecord =>
  asked(minute, {}, { ...office, signIn: 'sign-in-1', sessionId: tunnel, remoteAddress });
const elsewhere = '2a02:810::1';

describe('what is ordinary', () => {
  it.each<[string, readonly AuditRecord[], object?]>([
    ['nineteen denied requests within minutes', times(19, (index) => denied(index * 0.1))],
    ['many denied requests in an hour', times(60, (index) => denied(index))],
    [
      'many denied requests, where nobody looks for them',
      times(40, (index) => denied(index * 0.1)),
      { denial_burst: 'off' },
    ],
    ['the same path, not found again and again', times(50, () => missing(1, '/gone')).flat()],
    ['many paths that are found', times(50, (index) => missing(1, `/${index}`, 200)).flat()],
    ['paths that aren’t found, in a day', times(50, (index) => missing(index, `/${index}`)).flat()],
    ['the first use of an API that many use', [asked(0, { api: 'wiki' })]],
    ['the first use of an API that is new itself', [asked(0, { api: 'fresh' })]],
    ['a denied first request to an API that few use', [denied(0, { api: 'payroll' })]],
    [
      'a new colleague, at every API',
      [asked(0, { api: 'payroll' }, { ...abroad, subject: 'subject-new', device: 'new' })],
    ],
    ['a new device at the office', [asked(0, {}, { ...office, device: 'new' })]],
    ['a hotel', [asked(0, {}, abroad)]],
    ['a new device two hours after a hotel', [asked(0, {}, abroad), asked(121, {}, { ...office, device: 'new' })]],
    ['a VPN that is switched on and off', inTurn(3, 1)],
    ['places that change in turn, slowly', inTurn(8, 6)],
    [
      'one place with IPv4 and IPv6 in turn',
      times(12, (index) => from(index * 0.2, index % 2 === 0 ? '84.12.3.4' : '2003:c0:1::1')),
    ],
    [
      'a VPN that is switched on and off where there is IPv4 and IPv6',
      ['84.12.3.4', '2003:c0:1::1', '10.40.1.1', 'fd00:40::1', '84.12.3.4', '2003:c0:1::1'].map((address, index) =>
        from(index, address),
      ),
    ],
    [
      'a device that connects anew, now over IPv4 and now over IPv6, where IPv6 is new',
      times(12, (index) => over(index * 0.5, `tunnel-${index}`, index % 2 === 0 ? office.remoteAddress : elsewhere)),
    ],
    [
      'a tunnel that is taken up again, now over IPv4 and now over IPv6',
      times(12, (index) => over(index * 0.5, 'tunnel-1', index % 2 === 0 ? office.remoteAddress : elsewhere)),
    ],
    [
      'two programs of one sign-in, over IPv4 and IPv6 at a place that is new with both',
      times(12, (index) => over(index * 0.5, `tunnel-${index % 2}`, index % 2 === 0 ? '91.1.2.3' : elsewhere)),
    ],
    [
      'two programs of one sign-in, over IPv4 and IPv6 at a place where both were used before',
      [
        over(0, 'tunnel-0', elsewhere),
        ...times(12, (index) =>
          over(1440 + index * 0.5, `tunnel-${1 + (index % 2)}`, index % 2 === 0 ? office.remoteAddress : elsewhere),
        ),
      ],
    ],
    [
      'two programs of a new colleague, over IPv4 and IPv6',
      times(12, (index) =>
        asked(
          index * 0.5,
          {},
          {
            ...office,
            subject: 'subject-new',
            signIn: 'sign-in-2',
            sessionId: `tunnel-${index % 2}`,
            remoteAddress: index % 2 === 0 ? office.remoteAddress : elsewhere,
          },
        ),
      ),
    ],
    ['twenty-nine refused sign-ins', times(29, (index) => refusal(noonMs + index, '1.2.3.4', ''))],
    ['refused sign-ins from as many addresses', times(60, (index) => refusal(noonMs + index, `1.2.3.${index}`, ''))],
    [
      'a provider that is down',
      times(60, (index) => ({ ...refusal(noonMs + index, '1.2.3.4', ''), code: 'overloaded' }) as AuditRecord),
    ],
    ['a vacation', [asked(58 * 24 * 60)]],
    ['a denied request that a rule for emergencies made', [denied(0, { rule: 'break-glass' })]],
    ['a grant of another role', [auditedGrant(noonMs, 'g1', 'readers'), asked(1, { rule: 'grant:g1' })]],
    ['a grant that nobody uses', [auditedGrant(noonMs, 'g1', 'emergency-admins')]],
  ])('%s finds nothing', (_, records, settings) => {
    expect(found(records, settings)).toEqual([]);
  });
});

describe('what is out of the ordinary', () => {
  it.each<[string, readonly AuditRecord[], readonly string[], object?]>([
    ['twenty denied requests within minutes', times(25, (index) => denied(index * 0.1)), ['denial-burst']],
    [
      'three of them, where that is asked for',
      times(3, (index) => denied(index)),
      ['denial-burst'],
      { denial_burst: { denials: 3 } },
    ],
    [
      'the same an hour later',
      [...times(20, () => denied(0)), ...times(20, () => denied(61))],
      ['denial-burst', 'denial-burst'],
    ],
    ['many paths that aren’t found', times(25, (index) => missing(1, `/${index}`)).flat(), ['path-scan']],
    [
      'many paths that are denied',
      times(25, (index) => denied(index * 0.2, { path: `/${index}` })),
      ['path-scan'],
      { denial_burst: 'off' },
    ],
    [
      'the first use of an API that few use',
      [asked(0, { api: 'payroll' }), asked(1, { api: 'payroll' })],
      ['first-use-of-api'],
    ],
    ['a new device at a new place', [asked(0, {}, { ...abroad, device: 'new' })], ['new-device']],
    [
      'a new device, and soon an API never used',
      [asked(0, {}, { ...office, device: 'new' }), asked(30, { api: 'wiki' }, { ...office, device: 'new' })],
      ['new-device'],
    ],
    [
      'a new device, where that is enough',
      [asked(0, {}, { ...office, device: 'new' })],
      ['new-device'],
      { new_device: { alone: true } },
    ],
    ['a new place, where that is enough', [asked(0, {}, abroad)], ['new-address'], { new_address: { alone: true } }],
    [
      'a new place, and soon an API never used',
      [asked(0, {}, abroad), asked(30, { api: 'wiki' }, abroad)],
      ['new-address'],
    ],
    ['a new place, and denied requests', times(6, (index) => denied(index * 9, {}, abroad)), ['new-address']],
    ['one session at two places', inTurn(4, 1), ['two-places']],
    [
      'one session at two places of IPv6',
      times(4, (index) => from(index, index % 2 === 0 ? '2003:c0:1::1' : '2a02:810::1')),
      ['two-places'],
    ],
    [
      'one session at two places, both with IPv4 and IPv6',
      times(2, () => ['84.12.3.4', '2003:c0:1::1', '91.1.2.3', '2a02:810::1'])
        .flat()
        .map((address, index) => from(index * 0.5, address)),
      ['two-places'],
    ],
    [
      'one sign-in at two places, at one of them over IPv4 alone and at the other over IPv6 alone',
      times(5, (index) => over(index, `tunnel-${index % 2}`, index % 2 === 0 ? office.remoteAddress : elsewhere)),
      ['two-places'],
    ],
    [
      'the same, where the other place connects anew each time',
      times(7, (index) =>
        over(
          index,
          index % 2 === 0 ? 'tunnel-0' : `tunnel-${index}`,
          index % 2 === 0 ? office.remoteAddress : elsewhere,
        ),
      ),
      ['two-places'],
    ],
    ['refused sign-ins', times(30, (index) => refusal(noonMs + index, '1.2.3.4', `p${index}`)), ['refused-sign-ins']],
    ['somebody after two months', [asked(60 * 24 * 60)], ['dormant-account']],
    ['a rule for emergencies', [asked(0, { rule: 'use-break-glass-now' })], ['break-glass']],
    [
      'a grant of a role for emergencies',
      [auditedGrant(noonMs, 'g1', 'emergency-admins'), asked(1, { rule: 'grant:g1' })],
      ['break-glass'],
    ],
    [
      'a rule of a name that is asked for',
      [asked(0, { rule: 'root' })],
      ['break-glass'],
      { break_glass: { names: ['root'] } },
    ],
  ])('%s finds it', (_, records, rules, settings) => {
    expect(found(records, settings)).toEqual(rules);
  });

  it('counts on what was there when the thresholds change, and tells none twice', () => {
    const detector = createDetector(anomaliesSchema.parse({}), history());
    const rulesOf = (records: readonly AuditRecord[]): readonly string[] =>
      records.flatMap((record) => detector.observe(record)).map(({ rule }) => rule);
    const bob = { ...office, subject: 'subject-bob', username: 'bob', sessionId: 'session-2' };
    const bobFrom = (minute: number, remoteAddress: string): AuditRecord =>
      asked(minute, { api: 'payroll' }, { ...bob, remoteAddress });
    const places = [bobFrom(0, '10.20.1.1'), bobFrom(0.1, '10.40.1.1'), bobFrom(0.2, '10.20.1.1')];
    const guesses = times(29, (index) => refusal(noonMs + index, '1.2.3.4', ''));
    const paths = times(23, (index) => missing(0, `/${index}`)).flat();
    const denials = times(19, (index) => denied(index * 0.01));
    expect(rulesOf([...places, ...guesses, ...paths, ...denials])).toEqual([]);
    // As many as they are, and more for one rule.
    detector.replace(anomaliesSchema.parse({ denial_burst: { denials: 15 }, quiet_minutes: 90 }));
    const more = [bobFrom(1, '10.40.1.1'), refusal(noonMs + 60_000, '1.2.3.4', ''), ...missing(1, '/more'), denied(1)];
    expect(rulesOf(more)).toEqual(['two-places', 'refused-sign-ins', 'path-scan', 'denial-burst']);
    detector.replace(anomaliesSchema.parse({ denial_burst: { denials: 10 }, path_scan: { paths: 20 } }));
    expect(rulesOf([denied(2), ...missing(2, '/again')])).toEqual([]);
    expect(rulesOf(times(10, () => denied(62)))).toEqual(['denial-burst']);
  });

  it('leaves a rule alone while it is off, and goes on with it then', () => {
    const detector = createDetector(anomaliesSchema.parse({}), history());
    const denials = (count: number): number =>
      times(count, () => detector.observe(denied(0))).filter((one) => one.length > 0).length;
    expect(denials(19)).toBe(0);
    detector.replace(anomaliesSchema.parse({ denial_burst: 'off' }));
    expect(denials(30)).toBe(0);
    detector.replace(anomaliesSchema.parse({}));
    expect(denials(1)).toBe(1);
  });

  it('looks at records again only to count them, and knows what was told', () => {
    const detector = createDetector(anomaliesSchema.parse({}), history());
    const again = times(25, (index) => denied(index * 0.1));
    const foundAgain = again.flatMap((record) => [...detector.observeAgain(record)]);
    expect(foundAgain).toHaveLength(6);
    const [first] = foundAgain;
    if (first === undefined) throw new Error('Nothing was found');
    expect(detector.observe(denied(3)).map(({ rule }) => rule)).toEqual(['denial-burst']);
    const other = createDetector(anomaliesSchema.parse({}), history());
    other.told(first);
    for (const record of again) expect(other.observeAgain(record)).toEqual([]);
    expect(other.observe(denied(3))).toEqual([]);
    expect(other.observe(denied(63))).toEqual([]);
    expect(times(20, () => [...other.observe(denied(64))]).flat()).toMatchObject([{ rule: 'denial-burst' }]);
  });

  it('is quiet about nothing because of what was told while the clock was ahead', () => {
    const detector = createDetector(anomaliesSchema.parse({ denial_burst: { denials: 1 } }), history());
    const rulesAt = (minute: number): readonly string[] => detector.observe(denied(minute)).map(({ rule }) => rule);
    expect(rulesAt(24 * 60)).toEqual(['denial-burst']);
    expect(rulesAt(1)).toEqual(['denial-burst']);
    expect(rulesAt(2)).toEqual([]);
    expect(rulesAt(0)).toEqual([]);
  });

  it('takes the networks of providers as ranges', () => {
    const ranges = ['84.12.3.4', '::ffff:84.12.9.9', '2001:db8:1::1', '2001:db8:2::2', '', 'nonsense'].map(
      addressRange,
    );
    expect(ranges).toEqual(['84.12.0.0/16', '84.12.0.0/16', '2001:db8::/32', '2001:db8::/32', '', 'nonsense']);
  });
});
