import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../../relay/audit/audit-record.ts';
import { candidates, countBits, hasBit, LateOutcomes, mayMatch } from '../../../../relay/audit/reading/candidates.ts';
import { buildSegment, segmentInMemory } from '../../../../relay/audit/reading/build-segment.ts';
import {
  bitmapBytes,
  firstSeqOf,
  postingBytes,
  type Segment,
  segmentOf,
  segmentRecords,
} from '../../../../relay/audit/reading/segment.ts';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { madeUpRecords } from '../../../support/fill-audit.ts';
import { alice, decision, outcome as outcomeOf } from '../audit-records.ts';

type Outcome = Extract<AuditRecord, { type: 'outcome' }>;
const outcome = (requestId: string, given: Partial<Outcome> = {}): AuditRecord =>
  ({ ...outcomeOf(requestId), ...given }) as Outcome;
const refused = (timeMs: number, code: string): AuditRecord =>
  ({ type: 'authentication-refused', timeMs, remoteAddress: '192.0.2.9', code, detail: '' }) as AuditRecord;

/** A segment of these records, numbered from `from` on. */
function segmentWith(
  records: readonly AuditRecord[],
  given: { segment?: number; from?: number; open?: Record<string, number>; erasures?: number } = {},
): Segment {
  const { segment = 0, from = firstSeqOf(segment), open = {}, erasures = 0 } = given;
  const stored = records.map((record, at) => ({ seq: from + at, payload: JSON.stringify(record) }));
  const reveal = (line: string, use?: (key: string) => void): string => {
    for (const [, key = ''] of line.matchAll(/"sealed":"([^"]+)"/gu)) use?.(key);
    return line;
  };
  return segmentInMemory(
    buildSegment(
      segment,
      stored,
      (seq) => `hash of ${seq}`,
      (requestId) => open[requestId] ?? null,
      { reveal, erasures },
    ),
  );
}

it('is the same for lines that are cut at their fields and for lines that have to be parsed', () => {
  const records = [...madeUpRecords(2000)];
  const [first] = records.filter((record) => record.type === 'decision');
  if (first === undefined) throw new Error('There is no decision');
  const odd = ['/a"b', '/a\\b', '/ä', '/a","effect":"deny', '/a","path":"/b', '', '/', '/1/2/3/4/5/6/'].flatMap(
    (path, at): AuditRecord[] => [
      { ...first, requestId: `odd-${at}`, path },
      { ...first, requestId: `odd-${at}`, path, query: { path: ['","path":"/c'] }, userAgent: '","effect":"' },
      outcome(`odd-${at}`, at % 2 === 0 ? { code: 'upstream-timeout', status: 504 } : { status: null }),
    ],
  );
  const built = (lineOf: (record: AuditRecord) => string): Buffer => {
    const stored = [...records, ...odd].map((record, at) => ({ seq: at + 1, payload: lineOf(record) }));
    const { head, body } = buildSegment(
      0,
      stored,
      () => '',
      () => null,
    );
    return Buffer.concat([Buffer.from(JSON.stringify(head)), body]);
  };
  // Time first: then no line begins as the relay writes them.
  const parsed = built(({ timeMs, ...others }) => JSON.stringify({ timeMs, ...others }));
  expect(built(auditLine).equals(parsed)).toBe(true);
});

const offsetsOf = (bits: Uint8Array | null): number[] | null =>
  bits === null ? null : Array.from({ length: segmentRecords }, (_, at) => at).filter((at) => hasBit(bits, at));

it.each<[seq: number, segment: number]>([
  [1, 0],
  [32_768, 0],
  [32_769, 1],
  [65_536, 1],
  [65_537, 2],
])('record %i is in segment %i', (seq, segment) => {
  expect(segmentOf(seq)).toBe(segment);
  expect(firstSeqOf(segment)).toBe(segment * 32_768 + 1);
});

it.each<[count: number, bytes: number]>([
  [0, 0],
  [1, 2],
  [2047, 4094],
  [2048, 4096],
  [2049, 4096],
  [32_768, 4096],
])('%i offsets take %i bytes', (count, bytes) => {
  expect(postingBytes(count)).toBe(bytes);
});

describe('a segment', () => {
  it('of nothing finds nothing', () => {
    const segment = segmentWith([], { segment: 1 });
    expect(segment.head).toMatchObject({ version: 3, first: 32_769, last: 32_768, hash: '', late: [], open: [] });
    expect(segment.head).not.toHaveProperty('erasures');
    expect(segment.find('user', 'alice')).toBeNull();
    expect(segment.values('user')).toEqual([]);
    expect(segment.outcomeOf(32_769)).toBeNull();
  });

  it('says which records it has, of which time, and which decisions are open', () => {
    const records = [
      decision('a', { timeMs: 500 }),
      decision('b', { timeMs: 400 }),
      outcome('a', { timeMs: 900 }),
      refused(800, 'x'),
    ];
    const { head } = segmentWith(records, { segment: 2, from: 65_540, erasures: 3 });
    expect(head).toMatchObject({
      segment: 2,
      first: 65_540,
      last: 65_543,
      hash: 'hash of 65543',
      erasures: 3,
      minTimeMs: 400,
      maxTimeMs: 900,
      late: [],
      open: [['b', 65_541]],
    });
  });

  it('of one record knows its hash, and without keys of nobody’s erasure', () => {
    const { head } = segmentInMemory(
      buildSegment(
        0,
        [{ seq: 1, payload: JSON.stringify(refused(1, 'x')) }],
        (seq) => `hash of ${seq}`,
        () => null,
      ),
    );
    expect(head).toMatchObject({ first: 1, last: 1, hash: 'hash of 1' });
    expect(head).not.toHaveProperty('erasures');
  });

  it('finds decisions by what their outcomes say, and the outcomes themselves', () => {
    const segment = segmentWith(
      [decision('a'), decision('b'), outcome('b', { status: 404 }), outcome('a', { status: 200 })],
      { segment: 1 },
    );
    expect(offsetsOf(segment.find('status', '404'))).toEqual([1]);
    expect(offsetsOf(segment.find('status', '2xx'))).toEqual([0]);
    expect(offsetsOf(segment.find('type', 'decision'))).toEqual([0, 1]);
    expect(segment.find('type', 'outcome')).toBeNull();
    expect([1, 2, 3, 4].map((at) => segment.outcomeOf(32_768 + at))).toEqual([32_772, 32_771, null, null]);
  });

  it('keeps an outcome of an earlier segment’s decision apart, and leaves out one of none', () => {
    const late = outcome('early', { status: 503, code: 'upstream-timeout' });
    const segment = segmentWith([outcome('unknown'), late], { segment: 1, open: { early: 7 } });
    const terms = [
      ['code', 'upstream-timeout'],
      ['status', '503'],
      ['status', '5xx'],
    ];
    expect(segment.head.late).toEqual([{ decision: 7, outcome: 32_770, terms }]);
    expect(segment.find('status', '503')).toBeNull();
  });

  it('counts an outcome once: a second one of the same request is of no decision', () => {
    const segment = segmentWith([decision('a'), outcome('a', { status: 200 }), outcome('a', { status: 500 })]);
    expect(segment.outcomeOf(1)).toBe(2);
    expect(segment.find('status', '500')).toBeNull();
    expect(segment.head).toMatchObject({ late: [], open: [] });
  });

  it.each([1, 2046, 2047, 2048, 2049])('finds each of %i records with one value, and no other', (count) => {
    const records = Array.from({ length: count * 2 }, (_, at) => refused(1, at % 2 === 0 ? 'odd' : 'even'));
    const segment = segmentWith(records);
    const expected = Array.from({ length: count }, (_, at) => at * 2 + 1);
    expect(offsetsOf(segment.find('code', 'even'))).toEqual(expected);
    expect(countBits(segment.find('code', 'even') ?? new Uint8Array())).toBe(count);
  });

  it('tells values apart that begin or end alike, and takes tabs, line ends and other letters', () => {
    const values = ['a', 'ab', 'b', 'a\tb', 'a\nb', '"', '\\', 'Zürich 東京 😀', 'z'];
    const segment = segmentWith(values.map((value) => refused(1, value)));
    expect(segment.values('code')).toEqual(values);
    expect(values.map((value) => offsetsOf(segment.find('code', value)))).toEqual(values.map((_, at) => [at]));
    for (const none of ['', 'ba', 'A', 'a\t', 'zz']) expect(segment.find('code', none), none).toBeNull();
    expect(segment.find('rule', 'a')).toBeNull();
  });

  it('finds request ids by their beginning and long values by theirs', () => {
    const [long, longer] = ['x'.repeat(200), `${'x'.repeat(200)}y`];
    const segment = segmentWith([
      decision('12345678-a'),
      decision('12345678-b'),
      decision('1234567'),
      refused(1, long),
      refused(1, longer),
    ]);
    expect(offsetsOf(segment.find('request', '12345678-a'))).toEqual([0, 1]);
    expect(offsetsOf(segment.find('request', '1234567'))).toEqual([2]);
    expect(offsetsOf(segment.find('code', longer))).toEqual([3, 4]);
    expect(segment.find('code', 'x'.repeat(199))).toBeNull();
  });

  it('finds records by the keys that they are sealed with', () => {
    const sealed = { ...decision('a'), caller: { ...alice, sealed: 'key-1' } } as unknown as AuditRecord;
    const segment = segmentWith([decision('b'), sealed]);
    expect(segment.values('key')).toEqual(['key-1']);
    expect(offsetsOf(segment.find('key', 'key-1'))).toEqual([1]);
  });
});

describe('what filters may mean', () => {
  const segment = segmentWith([
    decision('a', { timeMs: 500, path: '/a/b/c/d/e' }),
    decision('b', { timeMs: 600, path: '/a/x' }),
    outcome('a', { timeMs: 700, status: 404 }),
  ]);
  const found = (filters: Parameters<typeof candidates>[1], late = new LateOutcomes()): number[] | null =>
    offsetsOf(candidates(segment, filters, late));

  it.each<[filters: Parameters<typeof mayMatch>[1], may: boolean]>([
    [{}, true],
    [{ sinceMs: 701 }, false],
    [{ sinceMs: 700 }, true],
    [{ untilMs: 500 }, false],
    [{ untilMs: 501 }, true],
    [{ sinceMs: 100, untilMs: 200 }, false],
    [{ sinceMs: 550, untilMs: 560 }, true],
  ])('a segment of other times: %j', (filters, may) => {
    expect(mayMatch(segment, filters)).toBe(may);
  });

  it('is all without any, and what each of them finds with several', () => {
    expect(found({})).toHaveLength(segmentRecords);
    expect(found({ path: '/a' })).toEqual([0, 1]);
    expect(found({ path: '/a/b/c/d/e/f' })).toEqual([0]);
    expect(found({ path: '/a', status: '4xx' })).toEqual([0]);
    expect(found({ path: '/a/x', status: '4xx' })).toEqual([]);
    expect(found({ path: '/b' })).toEqual([]);
  });

  it('has decisions whose outcome came in a later segment', () => {
    const late = new LateOutcomes();
    const after = (decided: number, status: string) => ({
      decision: decided,
      outcome: 40_000,
      terms: [['status', status]] as const,
    });
    late.add([after(2, '200'), after(3, '500'), after(32_769, '200')]);
    expect(found({ status: '200' }, late)).toEqual([1]);
    expect(found({ status: '500' }, late)).toEqual([2]);
    expect(found({ code: '200' }, late)).toEqual([]);
    expect(found({ rule: '200' }, late)).toEqual([]);
    const terms = [
      ['code', 'x'],
      ['status', '400'],
      ['status', '4xx'],
    ] as const;
    late.add([{ decision: 1, outcome: 40_001, terms }]);
    expect(['code', 'status'].map((field) => found({ [field]: field === 'code' ? 'x' : '4xx' }, late))).toEqual([
      [0],
      [0],
    ]);
    expect(late.outcomeOf(2)).toBe(40_000);
    expect(late.outcomeOf(4)).toBeNull();
  });

  it('marks none before its first record or after its last', () => {
    const other = segmentWith([decision('c'), decision('d')], { segment: 1 });
    const late = new LateOutcomes();
    late.add(
      [32_768, 32_769, 32_770, 32_771].map((at) => ({
        decision: at,
        outcome: 70_000,
        terms: [['code', 'x']] as const,
      })),
    );
    expect(offsetsOf(candidates(other, { code: 'x' }, late))).toEqual([0, 1]);
  });
});

it('a bitmap has a bit for each record', () => {
  const bits = new Uint8Array(bitmapBytes);
  bits[1] = 0b1000_0001;
  expect(offsetsOf(bits)).toEqual([8, 15]);
  expect(hasBit(bits, segmentRecords + 8)).toBe(false);
  expect(countBits(bits)).toBe(2);
});
