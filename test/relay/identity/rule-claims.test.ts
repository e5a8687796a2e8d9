import { describe, expect, it } from 'vitest';
import { ruleClaims } from '../../../relay/identity/rule-claims.ts';

const nested = (depth: number): unknown => (depth === 0 ? 'x' : { a: nested(depth - 1) });
const list = (length: number): string[] => Array.from({ length }, () => 'x');

describe('a claim that rules may look at', () => {
  it.each<[what: string, value: unknown]>([
    ['a text', 'x'.repeat(1024)],
    ['an empty text', ''],
    ['a number', 0],
    ['a truth', false],
    ['a list', list(256)],
    ['an empty list', []],
    ['an object', { a: 1, b: true, c: ['d'] }],
    ['three levels', nested(3)],
  ])('is %s', (_what, value) => {
    expect(ruleClaims({ department: value }, [])).toEqual({ department: value });
  });

  it.each<[what: string, value: unknown]>([
    ['a long text', 'x'.repeat(1025)],
    ['nothing', null],
    ['a long list', list(257)],
    ['a long text in a list', ['x', 'x'.repeat(1025)]],
    ['nothing in a list', [null, 'x']],
    ['four levels', nested(4)],
    ['a fourth level without anything in it', { a: { b: { c: {} } } }],
    ['one deep entry beside others', { a: 'x', b: nested(3) }],
  ])('isn’t %s', (_what, value) => {
    expect(ruleClaims({ department: value, team: 'a' }, [])).toEqual({ team: 'a' });
  });

  it.each([
    ...'iss aud exp iat nbf jti sub cnf nonce at_hash c_hash s_hash events htm htu rh uti aio xms_ftd active'.split(
      ' ',
    ),
    ...'token_type scope scp sid acr auth_time'.split(' '),
    'left_out',
    'n'.repeat(257),
  ])('isn’t the claim %s', (name) => {
    expect(ruleClaims({ [name]: 'x', team: 'a' }, ['left_out'])).toEqual({ team: 'a' });
  });

  it('is no claim that would change what the others are read by', () => {
    const kept = ruleClaims(
      JSON.parse('{"__proto__":{"admin":true},"team":"a"}') as object as Record<string, unknown>,
      [],
    );
    expect(Reflect.get(kept, 'admin')).toBeUndefined();
    expect(kept).toEqual({ team: 'a' });
  });

  it('may have a name of 256 characters', () => {
    expect(ruleClaims({ ['n'.repeat(256)]: 1 }, [])).toEqual({ ['n'.repeat(256)]: 1 });
  });
});

it('holds the first 64 that may be looked at, and stays as it is', () => {
  const many = Object.fromEntries(Array.from({ length: 66 }, (_, index) => [`c${index}`, index === 3 ? null : index]));
  const kept = ruleClaims({ iss: 'x', ...many }, []);
  expect(Object.keys(kept)).toHaveLength(64);
  expect(kept).toMatchObject({ c0: 0, c64: 64 });
  expect(kept).not.toHaveProperty('c65');
  expect(Object.isFrozen(kept)).toBe(true);
});
