import { describe, expect, it } from 'vitest';
import { checkRequiredClaims } from '../../../relay/identity/required-claims.ts';

type Required = Parameters<typeof checkRequiredClaims>[1];
type Given = Readonly<Record<string, unknown>>;

const check = (required: Given, claims: Given): void => checkRequiredClaims(claims, required as Required);

describe('required claims', () => {
  it.each<[required: Given, claims: Given, why: RegExp]>([
    [{ email: '*' }, {}, /lacks the required claim email/],
    [{ email: '*' }, { email: '' }, /lacks the required claim email/],
    [{ email: '*' }, { email: null }, /lacks the required claim email/],
    [{ email: '*' }, { mail: 'x', 'n\name': 1 }, /it has mail, n\?ame\.$/],
    [{ 'a.b': '*' }, { a: {} }, /lacks the required claim a\.b/],
    [{ tid: ['t1'] }, { tid: 't2' }, /has another tid claim/],
    [{ tid: ['t1'] }, { tid: ['t2', 't3'] }, /has another tid claim/],
    [{ tid: ['t1'] }, { tid: [] }, /has another tid claim/],
    [{ tid: ['1'] }, { tid: 1 }, /has another tid claim/],
    [{ tid: ['t1'], email: '*' }, { tid: 't1' }, /lacks the required claim email/],
    [{ tid: [] }, { tid: 't1' }, /has another tid claim/],
  ])('%j refuse %j', (required, claims, why) => {
    expect(() => check(required, claims)).toThrow(why);
  });

  it('name the first 40 of the claims that there are, and how many more', () => {
    const claims = (count: number): Given =>
      Object.fromEntries(Array.from({ length: count }, (_none, index) => [`c${index}`, 1]));
    expect(() => check({ email: '*' }, claims(40))).toThrow(/, c39\.$/);
    expect(() => check({ email: '*' }, claims(42))).toThrow(/, c39 and 2 more\.$/);
  });

  it.each<[required: Given, claims: Given]>([
    [{}, {}],
    [{ email: '*' }, { email: 'x' }],
    [{ level: '*' }, { level: 0 }],
    [{ on: '*' }, { on: false }],
    [{ tid: ['t1', 't2'] }, { tid: 't2' }],
    [{ tid: ['t1'] }, { tid: ['t0', 't1'] }],
    [{ 'a.b': ['x'] }, { a: { b: 'x' } }],
  ])('%j take %j', (required, claims) => {
    expect(() => check(required, claims)).not.toThrow();
  });
});
