import { describe, expect, it } from 'vitest';
import { canonicalPath, type PathForm, pathForms } from '../../../shared/canonical-path.ts';
import { person, policyOf, type RuleInput } from './policy-fixture.ts';

/** What becomes of a target: refused as a path, or decided. */
function verdict(rules: readonly RuleInput[], target: string, allow: readonly PathForm[] = []): string {
  const canonical = canonicalPath(target, { allow });
  if (canonical.status === 'refused') return 'refused';
  const policy = policyOf(rules, { paths: { allow: [...allow] } });
  return policy.decide(person(), { api: 'orders', method: 'GET', path: canonical.path }).effect;
}

const open: RuleInput = { name: 'open', paths: ['/**'] };
const guarded: RuleInput[] = [
  open,
  { name: 'no', effect: 'deny', paths: ['/v1/salaries/**', '/**/*.key', '/x/*/end'] },
];

describe('whatever an API asks for', () => {
  it.each([
    '/a/..%2Fb',
    '/a%2F..',
    '/a/%252e%252e/b',
    '/a%252F..%252Fb',
    '/a%255C..%255Cb',
    '/a%5C..%5Cb',
    '/a/..%5Cb',
    '/..;/a',
    '/a/..;x=1/b',
    '/a/.%3Bx/b',
    '/a/%2e%2e%3Bx/b',
    '/a/..%3Fb',
    '/a/..%23b',
    '/a/..%EF%BC%9Fb',
    '/a/..%EF%BC%9Bb',
    '/a%EF%BC%8F..%EF%BC%8Fb',
    '/a%EF%BC%BC..',
    '/a%E2%88%95..%E2%88%95b',
    '/a/%EF%BC%8E%EF%BC%8E/b',
    '/a/%25EF%25BC%258E%25EF%25BC%258E/b',
    '/a/.%CD%8F./b',
    '/a//../b',
    '/;/a',
    '/;x/a',
    '/%3Bx/a',
    '//a',
    '//evil.example/a',
    '/%5Ca',
    '/%5C%5Cevil.example',
    '/a\\b',
    '/a%2500',
    '/a%250d%250a',
    '/a%00',
    '/a%0A',
    '/a%25252Fb',
    '/a%2525252e',
    '/a%25u002f',
    '/a%u002f',
    '/a%25c0%25ae',
    '/a%EF%BC%852e',
    '/a%EF%BC%85u002e',
    '/a%E2%80%A8b',
    '/a%C2%85b',
    '/a%25E2%2580%25A8b',
    '/caf\u{c3}\u{a9}',
    '/a#b',
    '/a b',
  ])('%s is refused', (target) => {
    expect(canonicalPath(target, { allow: pathForms }).status).toBe('refused');
  });

  it.each([
    ['encoded-slash', '/a%2fb', '/a%2Fb'],
    ['double-encoding', '/a%252fb', '/a%252fb'],
    ['double-encoding', '/a%2520b', '/a%2520b'],
    ['empty-segments', '/a//b', '/a//b'],
    ['empty-segments', '/a//', '/a//'],
    ['semicolon', '/a;b=1/c', '/a;b=1/c'],
    ['semicolon', '/a%3bb', '/a%3Bb'],
    ['encoded-backslash', '/a%5cb', '/a%5Cb'],
    ['fullwidth', '/a%ef%bc%9f', '/a%EF%BC%9F'],
    ['fullwidth', '/100%EF%BC%85', '/100%EF%BC%85'],
    ['fullwidth', '/a%E2%88%95b', '/a%E2%88%95b'],
  ] as const)('%s lets %s through as %s, and no other key does', (form, target, path) => {
    expect(canonicalPath(target, { allow: [form] })).toMatchObject({ status: 'ok', path });
    const others = pathForms.filter((other) => other !== form);
    expect(canonicalPath(target, { allow: others })).toMatchObject({ status: 'refused' });
  });

  it.each([
    ['%255C', '/a%255Cb', 'encoded-backslash'],
    ['%253B', '/a%253Bb', 'semicolon'],
  ] as const)('%s needs the key for what it hides, too', (_what, target, form) => {
    expect(canonicalPath(target, { allow: ['double-encoding'] })).toMatchObject({ status: 'refused' });
    expect(canonicalPath(target, { allow: ['double-encoding', form] })).toMatchObject({ status: 'ok' });
  });
});

describe('a deny rule', () => {
  it.each([
    '/v1/salaries.json',
    '/v1/salaries.tar.gz',
    '/v1/salaries.JSON/',
    '/v1/salaries.1',
    '/x/y/end/.json',
    '/x/y/end/%20.json',
    '/x/y/end/.j%C3%A9',
    '/v1/salaries::$DATA',
    '/v1/salaries::$data/2026',
    '/v1/salaries:$i30:$INDEX_ALLOCATION/x',
    '/v1/salaries:export',
    '/v1/salaries.%20./2026',
    '/v1/salaries%20:x',
    '/v1%20/salaries',
    '/v1./salaries.json',
    '/v1/sal%CD%8Faries',
    '/v1/sal%EF%B8%8Faries',
    '/v1/sal%E3%85%A4aries',
    '/v1/sal%E1%A0%8Earies',
    '/v1/sal%F3%A0%81%A1aries',
    '/v1/s%C3%A1laries',
    '/v1/sa%CC%81laries/7',
    '/v1/%C5%BFalaries',
    '/v1/salar%C4%B1es',
    '/v1/SALAR%C4%B0ES',
    '/v1/%EF%BC%B3alaries.json',
    '/v1/salaries%3Fx',
    '/v1/salaries.json%23x',
    '/deep/down/server.key',
    '/deep/down/server.key.bak',
    '/deep/down/server.KEY::$DATA',
    '/deep/server.key%20',
    '/x/y/end.json',
  ])('reads %s', (target) => {
    expect(verdict(guarded, target)).toBe('deny');
  });

  it.each([
    ['/v1%2Fsalaries', 'encoded-slash'],
    ['/v1/salaries%2F2026', 'encoded-slash'],
    ['/v1%252Fsalaries', 'double-encoding'],
    ['/v1/%2573alaries', 'double-encoding'],
    ['/v1/salaries%253Fx', 'double-encoding'],
    ['/v1/salaries%252Ejson', 'double-encoding'],
    ['/v1//salaries', 'empty-segments'],
    ['/v1/salaries//2026', 'empty-segments'],
    ['/x//end', 'empty-segments'],
    ['/v1/salaries;a=b', 'semicolon'],
    ['/v1;a=b/salaries', 'semicolon'],
    ['/v1/salaries.json;a=b', 'semicolon'],
    ['/v1/salaries%3Ba', 'semicolon'],
    ['/x/y/end;/more', 'semicolon'],
    ['/v1%5Csalaries', 'encoded-backslash'],
    ['/v1/salaries%5C2026', 'encoded-backslash'],
    ['/v1/salaries%EF%BC%9Fx', 'fullwidth'],
    ['/v1/salaries%EF%BC%83', 'fullwidth'],
    ['/v1/salaries%EF%BC%9Bx', 'fullwidth'],
    ['/v1%EF%BC%8Fsalaries', 'fullwidth'],
    ['/v1%E2%88%95salaries', 'fullwidth'],
    ['/v1%EF%BC%BCsalaries', 'fullwidth'],
  ] as const)('reads %s where the API asks for %s', (target, form) => {
    expect(verdict(guarded, target, [form])).toBe('deny');
    expect(verdict(guarded, target, pathForms)).toBe('deny');
  });

  it('reads mixtures of all that an API may ask for', () => {
    for (const target of [
      '/v1%2F%2573alaries;x//2026',
      '/v1;a%5Csalaries%252Ejson',
      '/v1//%EF%BC%B3alaries%EF%BC%9F',
      '/v1%255CS%C3%81LARIES;x=%2Fa',
    ])
      expect(verdict(guarded, target, pathForms), target).toBe('deny');
  });

  it.each([
    '/v1/salariesx',
    '/v1/salaries-2026',
    '/v1/salaries_x',
    '/v1/salar.ies',
    '/v1/xsalaries',
    '/v2/salaries',
    '/v1.x/salaries',
    '/v1/keys',
    '/a.keys',
    '/x/y/end/more',
    '/x/y/end/more.json',
    '/x/y/end/a%20.json',
    '/deep/server.key/more',
  ])('leaves %s alone', (target) => {
    expect(verdict(guarded, target)).toBe('allow');
  });

  it('holds for the exact name that it gives, ending and all', () => {
    const rules: RuleInput[] = [
      open,
      { name: 'no', effect: 'deny', paths: ['/docs/v1.2', '/ids/urn:x', '/m;v=2', '/café'] },
    ];
    for (const target of [
      '/docs/v1.2',
      '/docs/v1.2.html',
      '/ids/urn:x',
      '/ids/urn:x:y',
      '/m;v=2',
      '/caf%C3%A9',
      '/cafe',
    ])
      expect(verdict(rules, target, pathForms), target).toBe('deny');
    for (const target of ['/docs/v1', '/docs/v1.3', '/ids/urn', '/ids/urn:y', '/m', '/m;v=3'])
      expect(verdict(rules, target, pathForms), target).toBe('allow');
  });
});

describe('an allow rule', () => {
  it.each([
    [['/v1/*/items'], '/v1/a%2Fb/items', 'encoded-slash', 'allow'],
    [['/job/*/build'], '/job/a%252Fb/build', 'double-encoding', 'allow'],
    [['/v1/%2561'], '/v1/%2561', 'double-encoding', 'deny'],
    [['/v1/%2561', '/v1/a'], '/v1/%2561', 'double-encoding', 'allow'],
    [['/b/**'], '/b//x', 'empty-segments', 'allow'],
    [['/b/*/x'], '/b//x', 'empty-segments', 'deny'],
    [['/b/x'], '/b//x', 'empty-segments', 'deny'],
    [['/b/*'], '/b/x//', 'empty-segments', 'deny'],
    [['/a/*/b'], '/a/x;v=2/b', 'semicolon', 'allow'],
    [['/a;*/b'], '/a;v=2/b', 'semicolon', 'deny'],
    [['/a/b'], '/a;v=2/b', 'semicolon', 'deny'],
    [['/a;*/b', '/a/b'], '/a;v=2/b', 'semicolon', 'allow'],
    [['/users/*'], '/users/CORP%5Calice', 'encoded-backslash', 'deny'],
    [['/users/**'], '/users/CORP%5Calice', 'encoded-backslash', 'allow'],
    [['/wiki/**'], '/wiki/a%EF%BC%9F', 'fullwidth', 'allow'],
    [['/wiki/a？*'], '/wiki/a%EF%BC%9Fb', 'fullwidth', 'deny'],
    [['/wiki/*'], '/wiki/a%EF%BC%8Fb', 'fullwidth', 'deny'],
    [['/wiki*/a'], '/wiki%EF%BC%9Fx/a', 'fullwidth', 'deny'],
  ] as const)('for %j takes %s (%s): %s', (paths, target, form, expected) => {
    expect(verdict([{ name: 'r', paths: [...paths] }], target, [form])).toBe(expected);
  });
});
