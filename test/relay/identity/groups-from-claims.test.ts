import { describe, expect, it } from 'vitest';
import { groupsForRules, readGroups } from '../../../relay/identity/groups-from-claims.ts';
import { issuerConfig } from './test-issuer.ts';

const orgs = { '224155': 'acme.example' };
const roles = 'urn:zitadel:iam:org:project:roles';

describe('a groups claim is refused, so that no deny rule is missed,', () => {
  it.each<[what: string, value: unknown]>([
    ['as a number', 7],
    ['as true', true],
    ['as an object of numbers', { admins: 1 }],
    ['as an object of lists', { admins: [] }],
    ['as an object of texts', { admins: 'yes' }],
    ['as an object with one null', { admins: orgs, staff: null }],
    ['as an object with an empty key', { '': orgs }],
    ['with a number in it', ['a', 1]],
    ['with a list in it', ['a', ['b']]],
    ['with an empty name', ['a', '']],
    ['with a name of 257 characters', ['x'.repeat(257)]],
    ['with an object without a name', ['a', { id: 'b' }]],
    ['with an object of nothing', ['a', {}]],
    ['with an object whose name is null', [{ name: null }]],
    ['with an object whose name is a list', [{ name: ['a'] }]],
    ['with an object whose name is empty', [{ name: '' }]],
    ['with an object whose name is inherited', [JSON.parse('{"__proto__":{"name":"a"}}')]],
    ['with 10,001 entries', Array.from({ length: 10_001 }, (_, index) => `g${index}`)],
    ['with 10,001 entries that say nothing', Array.from({ length: 10_001 }, () => null)],
    [
      'with 10,001 names in objects',
      Array.from({ length: 3 }, (_, at) =>
        Object.fromEntries(Array.from({ length: 3400 }, (_each, index) => [`g${at}-${index}`, orgs])),
      ),
    ],
    ['with 10,001 keys', Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`g${index}`, orgs]))],
  ])('%s', (_what, value) => {
    expect(() => readGroups({ groups: value }, 'groups')).toThrow(
      /claim that is neither|isn’t a group name|more than 10000/,
    );
  });
});

describe('a groups claim is read', () => {
  it.each<[what: string, value: unknown, groups: readonly string[]]>([
    ['as a list', ['a', 'b'], ['a', 'b']],
    ['as one text', 'a', ['a']],
    ['with a name of 256 characters', ['x'.repeat(256)], ['x'.repeat(256)]],
    ['as an empty text', '', []],
    ['as null', null, []],
    ['as nothing', undefined, []],
    ['with null entries, which say nothing', [null, 'a', null], ['a']],
    ['with nothing but null', [null], []],
    ['as objects with names', [{ name: 'a', id: 1 }, { name: 'b' }, null, 'c'], ['a', 'b', 'c']],
    ['as the keys of an object of objects', { admin: orgs, reader: orgs }, ['admin', 'reader']],
    ['as an empty object', {}, []],
    [
      'with a name that objects have, too',
      JSON.parse('{"__proto__":{},"constructor":{}}'),
      ['__proto__', 'constructor'],
    ],
  ])('%s', (_what, value, groups) => {
    expect(readGroups({ groups: value }, 'groups').values).toEqual(groups);
  });

  it('under Zitadel’s name, colons and all', () => {
    expect(readGroups({ [roles]: { admin: orgs } }, roles).values).toEqual(['admin']);
  });
});

describe('groups of several claims', () => {
  const many = (count: number, prefix: string): string[] =>
    Array.from({ length: count }, (_none, index) => `${prefix}${index}`);

  it('are counted together, each once', () => {
    const read = (a: string[], b: string[]) => readGroups({ a, b }, ['a', 'b']).values;
    expect(read(many(5000, 'x'), many(5000, 'y'))).toHaveLength(10_000);
    expect(read(many(10_000, 'x'), many(10_000, 'x'))).toHaveLength(10_000);
    expect(() => read(many(5000, 'x'), many(5001, 'y'))).toThrow('names more than 10000 groups');
  });
});

describe('groups for rules', () => {
  const settings = (given: object) =>
    issuerConfig('https://sso.example', { claims: { groups: 'groups', ...given } as never }).claims;

  it.each<[values: readonly string[], groups: readonly string[]]>([
    [['/a/b/c'], ['/a/b/c', '/a/b', '/a']],
    [
      ['/a/b', '/a/c'],
      ['/a/b', '/a', '/a/c'],
    ],
    [['/a'], ['/a']],
    [['/'], ['/']],
    [['/a/'], ['/a/', '/a']],
    [['/a//b'], ['/a//b', '/a/', '/a']],
    [['a/b'], ['a/b']],
    [['a'], ['a']],
  ])('%j with those above them are %j', (values, groups) => {
    expect(groupsForRules(values, settings({ group_paths: 'ancestors' }))).toEqual(groups);
    expect(groupsForRules(values, settings({}))).toEqual(values);
  });

  it.each<[unmapped: 'drop' | 'keep', groups: readonly string[]]>([
    ['drop', ['sre', 'dev', 'ops']],
    ['keep', ['sre', 'dev', 'ops', 'other', 'constructor']],
  ])('by a mapping that is to %s the others', (unmapped, groups) => {
    const mapping = { 'id-1': 'sre', 'id-2': ['dev', 'ops'] };
    const values = ['id-1', 'id-2', 'other', 'constructor'];
    expect(groupsForRules(values, settings({ mapping, unmapped }))).toEqual(groups);
  });
});

it('are left out by a mapping of one name, as by one of many', () => {
  const { claims } = issuerConfig('https://sso.example', {
    claims: { groups: 'groups', mapping: { a: 'b' }, unmapped: 'drop' } as never,
  });
  expect(groupsForRules(['a', 'c', 'b'], claims)).toEqual(['b']);
});

describe('groups that were too many for the token', () => {
  it.each<[claims: Record<string, unknown>, overage: string | undefined]>([
    [{ _claim_names: { groups: 'src1' } }, 'groups'],
    [{ _claim_names: { groups: 'src1' }, groups: null }, 'groups'],
    [{ hasgroups: true }, 'groups'],
    [{ hasgroups: 'true' }, 'groups'],
    [{ _claim_names: { roles: 'src1' } }, 'roles'],
    [{ _claim_names: { groups: 'src1', roles: 'src2' } }, 'groups'],
    [{ _claim_names: { groups: 'src1' }, groups: ['a'] }, undefined],
    [{ hasgroups: true, groups: [] }, undefined],
    [{ _claim_names: { other: 'src1' } }, undefined],
    [{ _claim_names: null }, undefined],
    [{ _claim_names: 'groups' }, undefined],
    [{ hasgroups: false }, undefined],
    [{ hasgroups: 'yes' }, undefined],
    [{}, undefined],
  ])('by %j: %s', (claims, overage) => {
    expect(readGroups(claims, ['groups', 'roles']).overage).toBe(overage);
  });

  it('are told by a flag for the claim of that name alone', () => {
    expect(readGroups({ hasgroups: true }, 'roles').overage).toBeUndefined();
  });
});

it('holds ten thousand groups, of one claim or of several, and no more', () => {
  const names = (from: number, length: number): string[] => Array.from({ length }, (_, index) => `g${from + index}`);
  expect(readGroups({ groups: names(0, 10_000) }, 'groups').values).toHaveLength(10_000);
  expect(readGroups({ a: names(0, 9000), b: names(8000, 2000) }, ['a', 'b']).values).toHaveLength(10_000);
  expect(() => readGroups({ a: names(0, 9000), b: names(8000, 2001) }, ['a', 'b'])).toThrow('more than 10000 groups');
});
