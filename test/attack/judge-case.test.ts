import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AuditedRequest } from './audit-tail.ts';
import type { Evidence, SeenAnswer, Sighting } from './evidence.ts';
import { judgeCase } from './judge-case.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const headers = ['X-A', 'b'];
const body = { bytes: 4, sha256: sha256('body'), whole: true };
const sighting: Sighting = {
  api: 'plain1',
  requestId: 'id',
  method: 'POST',
  target: '/case/1/0?q',
  headers,
  body,
  answered: { status: 200, headers, trailers: [], ...body },
  recorded: true,
};
const answer: SeenAnswer = {
  status: 200,
  headers,
  trailers: [],
  ...body,
  requestId: 'id',
  problem: false,
  beginning: 'body',
};
const evidence: Evidence = {
  number: 1,
  kind: 'ordinary HTTP/1.1',
  api: 'plain1',
  promise: 'exact',
  wanted: [{ method: 'POST', target: '/case/1/0?q', headers, body: Buffer.from('body') }],
  sightings: [sighting],
  answers: [answer],
  fromCaller: [],
  fromUpstream: [],
  lie: '',
  lieIsWhole: true,
  left: false,
  complaints: [],
};
const caller = { issuer: '', subject: '', username: '', groups: [], sessionId: '', device: '', remoteAddress: '' };
const decision: AuditedRequest['decision'] = {
  type: 'decision',
  requestId: 'id',
  timeMs: 0,
  caller,
  api: 'plain1',
  method: 'POST',
  path: '/case/1/0',
  effect: 'allow',
  rule: 'everybody',
  reason: '',
  policyRevision: '',
};
const outcome: AuditedRequest['outcomes'][number] = {
  type: 'outcome',
  requestId: 'id',
  timeMs: 0,
  outcome: 'completed',
  status: 200,
  durationMs: 1,
  requestBytes: 4,
  responseBytes: 4,
  detail: null,
};
const audited: AuditedRequest = { decision, outcomes: [outcome] };

test('what fits together is no finding', () => {
  expect(judgeCase(evidence, [audited])).toEqual([]);
});

const seen = (change: Partial<Sighting>): Evidence => ({ ...evidence, sightings: [{ ...sighting, ...change }] });
const got = (change: Partial<SeenAnswer>): Evidence => ({ ...evidence, answers: [{ ...answer, ...change }] });
const decided = (change: Partial<typeof decision>): AuditedRequest => ({
  ...audited,
  decision: { ...decision, ...change },
});
const ended = (change: Partial<typeof outcome>): AuditedRequest => ({
  ...audited,
  outcomes: [{ ...outcome, ...change }],
});
const other = { ...body, sha256: sha256('ydob') };

test.each<[string, Evidence, AuditedRequest | null, RegExp]>([
  ['a request without a record', evidence, null, /delivered without a decision/],
  ['a request that was denied', evidence, decided({ effect: 'deny' }), /denied and delivered/],
  ['another method', seen({ method: 'PUT' }), audited, /decided as POST/],
  ['another path', seen({ target: '/case/1/1' }), audited, /decided as \/case\/1\/0/],
  ['another API', seen({ api: 'plain2' }), audited, /decided for plain1/],
  ['delivery before the record', seen({ recorded: false }), audited, /before its record/],
  ['another body at the upstream', seen({ body: other }), audited, /arrived as another/],
  ['half a body at the upstream', seen({ body: { ...body, whole: false } }), audited, /arrived cut/],
  ['a header changed on the way there', seen({ headers: ['X-A', 'c'] }), audited, /in the request x-a/],
  ['a header lost on the way back', got({ headers: [] }), audited, /in the answer x-a/],
  ['another body at the caller', got(other), audited, /became another/],
  ['another status', got({ status: 201 }), audited, /an answer of 201 was audited as completed 200/],
  ['a cut answer that is recorded as whole', got({ whole: false }), audited, /a cut 200 was audited as completed/],
  [
    'a whole answer that is recorded as cut',
    evidence,
    ended({ outcome: 'aborted' }),
    /a whole 200 .* audited as aborted/,
  ],
  ['other bytes in the record', evidence, ended({ responseBytes: 3 }), /with 3 bytes/],
  ['other bytes of the request', evidence, ended({ requestBytes: 3 }), /delivered with 4 bytes, and audited with 3/],
  ['no outcome', evidence, { ...audited, outcomes: [] }, /no outcome/],
  ['two outcomes', evidence, { ...audited, outcomes: [outcome, outcome] }, /2 outcomes/],
  ['no answer', { ...evidence, answers: [] }, audited, /0 answers to 1 requests/],
  ['no delivery', { ...evidence, sightings: [], answers: [] }, audited, /never arrived/],
  [
    'delivery of what must be refused',
    { ...evidence, promise: 'refused' },
    audited,
    /had to be refused and was delivered/,
  ],
  [
    'delivery as a whole of what is cut',
    { ...evidence, promise: 'cut' },
    audited,
    /had to be refused and was delivered/,
  ],
  [
    'a whole answer where the upstream sent none',
    { ...seen({ answered: null }), lieIsWhole: false, promise: 'any' },
    audited,
    /sent none/,
  ],
])('a finding is %s', (_name, given, record, what) => {
  expect(judgeCase(given, record === null ? [] : [record]).join('\n')).toMatch(what);
});
