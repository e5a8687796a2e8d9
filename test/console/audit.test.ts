import { describe, expect, it } from 'vitest';
import { askedOf, chipsOf, exportHref } from '../../console/pages/audit/audit-filters.ts';
import { factsOf } from '../../console/pages/audit/record-facts.ts';
import { type Entry, entryId, readEntryId, wordsOf } from '../../console/pages/audit/record-words.ts';
import { verdictWords } from '../../console/pages/audit/verdict-words.ts';

const person = { issuer: 'https://idp.example', subject: 'u-1', username: 'alice' };
const caller = { ...person, groups: ['a', 'b'], sessionId: 's', device: 'laptop', remoteAddress: '192.0.2.1' };
const entry = (record: object, outcome: object | null = null): Entry =>
  ({ seq: 7, record: { timeMs: 0, ...record }, outcome }) as unknown as Entry;
const decision = {
  type: 'decision',
  caller,
  api: 'orders',
  method: 'GET',
  path: '/x',
  effect: 'allow',
  rule: 'read',
  reason: 'Rule read.',
};
const outcome = {
  type: 'outcome',
  outcome: 'completed',
  status: 200,
  durationMs: 1.6,
  requestBytes: 0,
  responseBytes: 9,
};

describe('a record in words', () => {
  it.each<[string, Entry, object]>([
    [
      'a sign-in refused, of nobody',
      entry({
        type: 'authentication-refused',
        remoteAddress: '192.0.2.1',
        code: 'token-rejected',
        detail: 'Old.',
        claimed: null,
      }),
      { who: 'unknown caller', what: 'sign-in refused', tone: 'bad' },
    ],
    [
      'a denial',
      entry({ ...decision, effect: 'deny' }),
      { who: 'alice', what: 'denied', where: 'GET orders/x', tone: 'bad' },
    ],
    ['a request without outcome', entry(decision), { what: 'allowed, no outcome yet', tone: 'ok' }],
    [
      'a request cut off',
      entry(decision, { ...outcome, status: null, outcome: 'aborted' }),
      { what: 'allowed, aborted' },
    ],
    ['a request', entry(decision, outcome), { what: 'allowed, 200', detail: 'Rule read.' }],
    [
      'a session',
      entry({ type: 'session', event: 'opened', caller, detail: '' }),
      { what: 'connected', where: 'laptop' },
    ],
    [
      'a session of an event that isn’t known yet',
      entry({ type: 'session', event: 'moved-on', caller, detail: '' }),
      { what: 'moved on' },
    ],
    [
      'access approved',
      entry({ type: 'access', event: 'approved', requester: person, role: 'r', api: null, by: 'bob', note: 'ok' }),
      { who: 'alice', what: 'access approved', where: 'r at all APIs', detail: 'by bob: ok' },
    ],
    [
      'an act',
      entry({
        type: 'administrator',
        act: 'sign-ins-revoked',
        operator: { user: 'dana', sudoUser: null },
        reason: 'Lost',
        person,
      }),
      { who: 'alice', what: 'sign-ins revoked', where: 'by dana' },
    ],
    [
      'a lock',
      entry({ type: 'lock', event: 'lock-added', operator: 'dana', target: 'the API x', reason: 'y' }),
      { who: 'dana', what: 'lock added', where: 'the API x' },
    ],
    [
      'a finding about nobody',
      entry({ type: 'anomaly', rule: 'path-scan', person: null, api: null, remoteAddress: '192.0.2.1', detail: 'd' }),
      { who: 'nobody signed in', what: 'anomaly: path scan', where: '192.0.2.1' },
    ],
    [
      'what the relay did',
      entry({ type: 'relay', event: 'started', detail: 'd' }),
      { what: 'relay started', detail: 'd' },
    ],
    ['a kind that isn’t known yet', entry({ type: 'weather' }), { what: 'weather', tone: 'quiet' }],
  ])('is %s', (_what, given, words) => {
    expect(wordsOf(given)).toMatchObject(words);
  });

  it('has its facts, each of which finds its like', () => {
    const facts = factsOf(entry({ ...decision, grant: 'g-1', requestId: 'r-1' }, outcome));
    expect(Object.fromEntries(facts.map(({ name, value }) => [name, value]))).toEqual({
      Person: 'alice',
      Groups: 'a, b',
      Why: 'Rule read.',
      Rule: 'read',
      API: 'orders',
      Method: 'GET',
      Path: '/x',
      Outcome: 'completed',
      Status: '200',
      Took: '2 ms',
      'Sent and received': '0 and 9 bytes',
      Grant: 'g-1',
      Address: '192.0.2.1',
      Device: 'laptop',
      Session: 's',
      Request: 'r-1',
      Record: '7',
    });
    expect(
      facts.filter(({ filter }) => filter !== undefined).map(({ filter }) => Object.keys(filter ?? {})[0]),
    ).toEqual(['user', 'rule', 'api', 'method', 'path', 'status', 'grant', 'address', 'device', 'session', 'request']);
  });
});

describe('the id of a record in an address', () => {
  it.each([['0'], ['-1'], ['r 1:2'], ['r:'], ['1e3'], ['log'], ['9'.repeat(16)]])('isn’t %j', (id) => {
    expect(readEntryId(id)).toBeNull();
  });
  it.each([{ seq: 4711 }, { relay: 'r-1', seq: 1 }])('is read as it was written: %j', (given) => {
    expect(readEntryId(entryId(given))).toEqual(given);
  });
});

describe('filters', () => {
  it('are those of the address, of the last week unless it says otherwise', () => {
    const asked = (text: string): object => askedOf(new URLSearchParams(text));
    expect(asked('')).toEqual({ since: '7d' });
    expect(asked('since=all&user=%20alice%20&sort=who&columns=time')).toEqual({ user: 'alice' });
    expect(asked('effect=deny&until=2026-01-01&request=r-1')).toEqual({
      effect: 'deny',
      until: '2026-01-01',
      request: 'r-1',
      since: '7d',
    });
  });

  it('without a field of their own can be taken away, and go into an export', () => {
    expect(chipsOf(new URLSearchParams('user=a&path=/x&rule='))).toEqual([{ name: 'path', text: 'Path: /x' }]);
    expect(exportHref({ user: 'a&b', since: '7d' }, 'ocsf')).toBe(
      '/admin/v1/audit/export?user=a%26b&since=7d&format=ocsf',
    );
  });
});

describe('what verification found', () => {
  const whole = {
    relay: null,
    status: 'ok',
    records: 1200,
    from: 1,
    cut: 0,
    checkpoints: 3,
    signedUpTo: 1200,
  } as const;
  it.each([
    [whole, 'The log of this relay is whole', '1,200 records agree with 3 checkpoints.'],
    [
      { ...whole, cut: 5, signedUpTo: 1190, relay: 'r-1' },
      'The log of r-1 in the storage is whole',
      'The last 10 will be signed',
    ],
    [
      { relay: null, status: 'broken', seq: 3, reason: 'Edited.' } as const,
      'is broken at record 3',
      'Edited. Keep the files',
    ],
  ])('is said in words', (log, title, text) => {
    const words = verdictWords(log);
    expect([words.title.includes(title), words.text.includes(text)]).toEqual([true, true]);
    expect(words.isWhole).toBe(log.status === 'ok');
  });
});
