import { describe, expect, it } from 'vitest';
import { type ApiRule, limitSentence, ruleSentence } from '../../console/pages/apis/rule-words.ts';
import { grantedWords, hoursWords, statusWord, useWords } from '../../console/pages/access/access-words.ts';
import { askedIn, explainInput } from '../../console/pages/policy/asked-request.ts';
import { changeWord, shortOf, totalSentence } from '../../console/pages/policy/what-if-words.ts';
import { certificateWords, clockWords } from '../../console/pages/settings/settings-words.ts';

describe('a rule', () => {
  const rule: ApiRule = {
    name: 'r',
    effect: 'allow',
    groups: null,
    methods: [],
    paths: [],
    description: null,
    asksFor: [],
  };
  it.each<[Partial<ApiRule>, string]>([
    [{}, 'Allows anything for everybody who is signed in.'],
    [
      { effect: 'deny', methods: ['DELETE'], paths: ['/a/**'] },
      'Denies DELETE at /a/** for everybody who is signed in.',
    ],
    [{ groups: ['sre'], methods: ['*'] }, 'Allows anything for sre.'],
    [
      { groups: ['a', 'b', 'c'], methods: ['GET', 'HEAD'], asksFor: ['step_up', 'something_new'] },
      'Allows GET and HEAD for a, b or c; it also asks for a fresh sign-in and something_new.',
    ],
  ])('is one sentence: %j', (given, sentence) => {
    expect(ruleSentence({ ...rule, ...given })).toBe(sentence);
  });

  it('has limits in words', () => {
    expect(limitSentence({ name: 'w', requests: 1000, every: '1h', per: 'person' })).toBe(
      '1,000 requests every 1h, counted per person',
    );
  });
});

describe('a request to explain', () => {
  it('is none without an address', () => {
    expect(explainInput(askedIn(new URLSearchParams('method=POST')))).toBeNull();
  });
  it('is what the address says, without what is empty', () => {
    const asked = askedIn(new URLSearchParams('url=%20orders/x&groups=a,%20,b&at=3d'));
    expect(explainInput(asked)).toEqual({ method: 'GET', url: 'orders/x', groups: ['a', 'b'], at: '3d' });
  });
});

describe('what another config would change', () => {
  const none = { requests: 0, people: 0 };
  const scope = {
    sinceMs: 0,
    untilMs: 1,
    reachedMs: 0,
    records: 2,
    decisions: 1,
    stoppedBy: null,
    leftOut: {},
    withoutRow: 0,
    notes: [],
  };
  it('is nothing, or who and how much', () => {
    expect(totalSentence({ totals: { lost: none, gained: none, uncertain: none }, scope })).toBe(
      'Nothing would change. 1 decided requests were looked at.',
    );
    const totals = { lost: { requests: 1, people: 1 }, gained: none, uncertain: { requests: 1200, people: 3 } };
    expect(totalSentence({ totals, scope })).toContain(
      '1 person would lose 1 request; 3 people may lose or gain 1,200 requests.',
    );
    expect(changeWord({ change: 'lost' })).toBe('loses');
  });
  it.each([
    [null, null],
    ['time', 'Ask for fewer days'],
    ['records', 'more records'],
    ['audit-begins', 'The audit begins there'],
  ] as const)('says why it looked no further: %s', (stoppedBy, words) => {
    const told = shortOf({ ...scope, stoppedBy });
    expect(told).toEqual(words === null ? null : expect.stringContaining(words));
  });
});

describe('access in words', () => {
  it('says what, for how long, how it stands and what was made of it', () => {
    expect(grantedWords({ role: 'r', api: null })).toBe('r at all APIs');
    expect([hoursWords({ hours: 1 }), hoursWords({ hours: 0.5 })]).toEqual(['1 hour', '0.5 hours']);
    expect(statusWord({ status: 'revoked' })).toBe('ended early');
    expect([useWords({ requests: 0 }), useWords({ requests: 1 }), useWords({ requests: 4711 })]).toEqual([
      'never used',
      '1 request',
      '4,711 requests',
    ]);
  });
});

describe('clocks and certificates in words', () => {
  it.each([
    [null, 'Not known'],
    [1400, 'Agrees'],
    [61_000, '61 s ahead of'],
    [-5000, '5 s behind'],
  ])('%j ms: %s', (differenceMs, words) => {
    expect(clockWords(differenceMs)).toContain(words);
  });
  it('a certificate that is over is bad', () => {
    expect(certificateWords('ended')).toEqual({ text: 'expired', tone: 'bad' });
  });
});
