import { describe, expect, it } from 'vitest';
import { type ExpectedCallback, judgeCallback } from '../../../client/sign-in/judge-callback.ts';

const expected: ExpectedCallback = {
  host: '127.0.0.1:49152',
  path: '/callback',
  state: 'the-state',
  issuer: 'https://login.example',
  issRequired: false,
};
const iss = 'iss=https%3A%2F%2Flogin.example';

const judge = (target: string, more: Partial<ExpectedCallback> = {}) =>
  judgeCallback({ method: 'GET', host: expected.host, target }, { ...expected, ...more });

describe('an answer to the sign-in', () => {
  it.each<[what: string, status: number, request: { method?: string; host?: string | undefined; target?: string }]>([
    ['another port', 421, { host: '127.0.0.1:49153' }],
    ['another name for the address', 421, { host: 'localhost:49152' }],
    ['no host', 421, { host: undefined }],
    ['another path', 404, { target: '/callback/?code=a&state=the-state' }],
    ['the path in capitals', 404, { target: '/CALLBACK?code=a&state=the-state' }],
    ['the absolute form', 404, { target: 'http://127.0.0.1:49152/callback?code=a&state=the-state' }],
    ['POST', 405, { method: 'POST' }],
    ['HEAD', 405, { method: 'HEAD' }],
  ])('is refused for %s', (_what, status, request) => {
    const whole = { method: 'GET', host: expected.host, target: '/callback?code=a&state=the-state', ...request };

    expect(judgeCallback(whole, expected)).toMatchObject({ type: 'refuse', status });
  });

  it.each<[what: string, query: string]>([
    ['two states', 'code=a&state=the-state&state=the-state'],
    ['two codes', 'code=a&code=b&state=the-state'],
    ['two errors', 'error=a&error=b&state=the-state'],
    ['two issuers', `code=a&state=the-state&${iss}&${iss}`],
    ['two issuers, the second another', `code=a&state=the-state&${iss}&iss=https%3A%2F%2Fevil.example`],
    ['two issuers, one of them empty', `code=a&state=the-state&${iss}&iss=`],
    ['two descriptions', 'error=a&error_description=b&error_description=c&state=the-state'],
    ['a name twice, once encoded', 'code=a&%63ode=b&state=the-state'],
  ])('that holds %s is refused', (_what, query) => {
    const verdict = judge(`/callback?${query}`);

    expect(verdict).toMatchObject({ type: 'refuse', status: 400 });
    expect(verdict).toHaveProperty('reason', expect.stringContaining('more than once'));
  });

  it.each<[what: string, query: string, reason: string, more?: Partial<ExpectedCallback>]>([
    ['no query', '', 'another sign-in'],
    ['no state', 'code=a', 'another sign-in'],
    ['an empty state', 'code=a&state=', 'another sign-in'],
    ['another state of the same length', 'code=a&state=the-stare', 'another sign-in'],
    ['the beginning of the state', 'code=a&state=the-stat', 'another sign-in'],
    ['more than the state', 'code=a&state=the-state2', 'another sign-in'],
    ['an error of another sign-in', 'error=access_denied&state=other', 'another sign-in'],
    ['another issuer', 'code=a&state=the-state&iss=https%3A%2F%2Fevil.example', 'doesn’t come from'],
    ['an empty issuer', 'code=a&state=the-state&iss=', 'doesn’t come from'],
    ['the issuer with a slash more', `code=a&state=the-state&${iss}%2F`, 'doesn’t come from'],
    ['no issuer where one is promised', 'code=a&state=the-state', 'doesn’t come from', { issRequired: true }],
    ['an error without the promised issuer', 'error=a&state=the-state', 'doesn’t come from', { issRequired: true }],
    ['neither code nor error', 'state=the-state', 'either a code or an error'],
    ['both code and error', 'code=a&error=b&state=the-state', 'either a code or an error'],
    ['an empty code', 'code=&state=the-state', 'either a code or an error'],
    ['an empty error', 'error=&state=the-state', 'either a code or an error'],
  ])('that holds %s is refused with its reason', (_what, query, reason, more) => {
    const verdict = judge(`/callback?${query}`, more);

    expect(verdict).toMatchObject({ type: 'refuse', status: 400 });
    expect(verdict).toHaveProperty('reason', expect.stringContaining(reason));
  });

  it.each<[what: string, query: string, more?: Partial<ExpectedCallback>]>([
    ['a code', 'code=a&state=the-state'],
    ['a code and the issuer', `code=a&state=the-state&${iss}`],
    ['a code and the promised issuer', `code=a&state=the-state&${iss}`, { issRequired: true }],
    ['names of which it knows nothing, twice', 'code=a&state=the-state&session_state=b&session_state=c'],
    ['a question mark', 'code=a?b&state=the-state'],
  ])('is accepted with %s, and its address kept whole', (_what, query, more) => {
    expect(judge(`/callback?${query}`, more)).toEqual({
      type: 'accept',
      url: new URL(`http://127.0.0.1:49152/callback?${query}`),
    });
  });

  it.each<[description: string | undefined, query: string]>([
    [undefined, 'error=access_denied&state=the-state'],
    ['not today', 'error=access_denied&error_description=not+today&state=the-state'],
  ])('tells an error with its description %s', (description, query) => {
    expect(judge(`/callback?${query}`)).toEqual({ type: 'provider-error', error: 'access_denied', description });
  });
});
