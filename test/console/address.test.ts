import { describe, expect, test } from 'vitest';
import { addressOf } from '../../console/api/address.ts';
import { readProblem, unreachable } from '../../console/api/read-problem.ts';
import { hrefOf, placeOf } from '../../console/route/place.ts';

describe('addresses of the admin API', () => {
  test.each([
    ['/admin/v1/relay', {}, '/admin/v1/relay'],
    ['/admin/v1/reports/{report}', { report: 'usage', since: '24h' }, '/admin/v1/reports/usage?since=24h'],
    ['/admin/v1/people/{person}', { person: '../../x?y#z' }, '/admin/v1/people/..%2F..%2Fx%3Fy%23z'],
    ['/admin/v1/sessions', { person: 'a&all=true', all: false }, '/admin/v1/sessions?all=false&person=a%26all%3Dtrue'],
    ['/admin/v1/sessions', { person: '', cursor: null, api: undefined }, '/admin/v1/sessions'],
  ])('%s with %o is %s', (path, params, expected) => {
    expect(addressOf(path, params)).toBe(expected);
  });

  test('the order of the values makes no other address', () => {
    expect(addressOf('/a', { b: 1, a: 2 })).toBe(addressOf('/a', { a: 2, b: 1 }));
  });
});

describe('addresses of pages', () => {
  test.each([
    ['/console/', '', { page: '', parts: [] }],
    ['/console/people', '', { page: 'people', parts: [] }],
    ['/console/people/a%2Fb', '?q=1', { page: 'people', parts: ['a/b'] }],
    ['/console/people/', '', { page: 'people', parts: [] }],
    ['/console/people/100%', '', { page: 'people', parts: ['100%'] }],
    ['/elsewhere', '', { page: '', parts: [] }],
  ])('%s%s is read', (pathname, search, expected) => {
    const { page, parts } = placeOf(pathname, search);
    expect({ page, parts }).toEqual(expected);
  });

  test('what is written is read back', () => {
    const href = hrefOf('people', ['a/b ü?'], { q: 'x&y', none: null, empty: '' });
    const { pathname, search } = new URL(href, 'http://localhost');
    const place = placeOf(pathname, search);
    expect(place.parts).toEqual(['a/b ü?']);
    expect([...place.search]).toEqual([['q', 'x&y']]);
  });
});

describe('what a person reads of a refusal', () => {
  test.each([
    ['a page of a proxy', null, 502, 'internal', 'The relay answered with 502.'],
    ['a text', 'gone', 404, 'relay-refused', 'The relay answered with 404.'],
    ['an unknown code', { code: 'from-tomorrow', detail: 'So.' }, 400, 'relay-refused', 'So.'],
    ['a name of every object', { code: 'constructor' }, 400, 'relay-refused', 'The relay answered with 400.'],
    ['fields of another kind', { code: 7, title: {}, detail: [] }, 500, 'internal', 'The relay answered with 500.'],
    ['a problem document', { code: 'policy-denied', detail: 'No.' }, 403, 'policy-denied', 'No.'],
  ])('%s', (_name, body, status, code, detail) => {
    const problem = readProblem(body, status, 1);
    expect(problem).toMatchObject({ code, detail, atMs: 1 });
    expect(problem.title).not.toBe('');
    expect(problem.hint).not.toBe('');
  });

  test('no answer says why and what to do', () => {
    expect(unreachable(new TypeError('Failed to fetch'), 5)).toMatchObject({
      code: 'relay-unreachable',
      detail: expect.stringContaining('Failed to fetch') as string,
    });
  });
});
