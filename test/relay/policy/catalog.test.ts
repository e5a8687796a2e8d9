import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import { catalogSchema } from '../../../shared/catalog.ts';
import { apis, person, policyOf, type RuleInput } from './policy-fixture.ts';

const rules: RuleInput[] = [
  { name: 'developers-orders', groups: ['developers'], paths: ['/v1/orders/**'] },
  { name: 'developers-events', groups: ['developers'], methods: ['GET'], paths: ['/v1/events'] },
  { name: 'refunds', groups: ['orders-admins'], paths: ['/v1/refunds', '/v1/refunds/**'] },
];

function lines(extra: readonly RuleInput[], ...groups: string[]): readonly string[] {
  const [entry] = policyOf(extra).catalogFor(person(...groups)).apis;
  return (entry?.permissions ?? []).map(({ effect, text }) => `${effect === 'allow' ? '✓' : '✗'} ${text}`);
}

describe('the catalog', () => {
  it('hides a locked API when told to, and never tells which groups unlock it', () => {
    const policy = policyOf(rules, { when_locked: 'hide' });
    expect(policy.catalogFor(person('finance')).apis).toEqual([]);
    expect(policy.catalogFor(person('developers')).apis).toHaveLength(1);
  });

  it('lists a locked API with the groups of which any one unlocks it', () => {
    expect(policyOf(rules).catalogFor(person('finance')).apis).toMatchObject([
      { access: 'locked', level: 'none', unlockedBy: ['developers', 'orders-admins'] },
    ]);
  });

  it('counts an API as locked when a deny rule takes all that an allow rule gives', () => {
    const barred: RuleInput[] = [...rules, { name: 'out', effect: 'deny', groups: ['leavers'], paths: ['/v1/**'] }];
    expect(policyOf(barred).catalogFor(person('developers', 'leavers')).apis).toMatchObject([
      { access: 'locked', unlockedBy: [] },
    ]);
  });

  it('tells how the relay and its APIs look, and says nothing where the config doesn’t', () => {
    const look = { icon: 'truck', color: 'teal', environment: 'staging' } as const;
    expect(policyOf(rules).catalogFor(person('developers'))).not.toHaveProperty('look');
    expect(policyOf(rules).catalogFor(person('developers')).apis[0]).not.toHaveProperty('look');
    expect(policyOf(rules, look).catalogFor(person('developers')).apis[0]?.look).toEqual(look);
    const plain = apis({ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', rules });
    const production = compilePolicy({ apis: plain, relay: { environment: 'production' } });
    expect(production.catalogFor(person('developers')).look).toEqual({ environment: 'production' });
    expect(production.revision).not.toBe(compilePolicy({ apis: plain, relay: {} }).revision);
  });

  it('is read without a look that this version doesn’t know', () => {
    const catalog = policyOf(rules).catalogFor(person('developers'));
    const newer = { ...catalog, look: { icon: 'hologram', color: 'teal', environment: 'moon' } };
    expect(catalogSchema.parse(newer).look).toEqual({ color: 'teal' });
  });

  it('says in words what a person may do, and what another group would add', () => {
    expect(lines(rules, 'developers')).toEqual([
      '✓ Read and write everything under /v1/orders',
      '✓ Listen to /v1/events',
      '✗ Refunds need the group orders-admins',
    ]);
  });

  it('puts a rule’s own description in the place of generated words', () => {
    const described = rules.map((rule) => ({ ...rule, description: `About ${rule.name}` }));
    const out: RuleInput = { name: 'kept', effect: 'deny', methods: ['DELETE'], description: 'Orders are kept' };
    expect(lines([...described, out], 'developers')).toEqual([
      '✓ About developers-orders',
      '✓ About developers-events',
      '✗ Orders are kept',
      '✗ About refunds (needs the group orders-admins)',
    ]);
  });

  const words: readonly (readonly [methods: string[], paths: string[], allowed: string, missing: string])[] = [
    [['*'], ['/**'], 'Read and write everything', 'Reading and writing everything needs the group g'],
    [['GET'], ['/v1/**'], 'Read everything under /v1', 'Reading everything under /v1 needs the group g'],
    [['POST'], ['/v1/jobs'], 'Post to /v1/jobs', 'Posting to /v1/jobs needs the group g'],
    [
      ['GET', 'PATCH'],
      ['/a', '/a/**'],
      'Read and change everything under /a',
      'Reading and changing everything under /a needs the group g',
    ],
    [['POST', 'PUT'], ['/a/*/b'], 'Create and change /a/*/b', 'Creating and changing /a/*/b needs the group g'],
    [['DELETE'], ['/a', '/b'], 'Delete /a and /b', 'Deleting /a and /b needs the group g'],
    [
      ['POST', 'PUT', 'PATCH', 'DELETE'],
      ['/x/**'],
      'Write everything under /x',
      'Writing everything under /x needs the group g',
    ],
    [['GET', 'PURGE'], ['/x'], 'Read and send PURGE to /x', 'Reading and sending PURGE to /x needs the group g'],
    [['POST', 'GET', 'HEAD'], ['/v1'], 'Read and post to /v1', 'Reading and posting to /v1 needs the group g'],
    [['*'], ['/v1'], 'Read and write /v1', 'Reading and writing /v1 needs the group g'],
    [['*'], ['/{id}'], 'Read and write /{id}', 'Reading and writing /{id} needs the group g'],
    [
      ['*'],
      ['/refund-requests/**'],
      'Read and write everything under /refund-requests',
      'Refund requests need the group g',
    ],
  ];
  it.each(words)('finds words for %j on %j', (methods, paths, allowed, missing) => {
    const rule: RuleInput = { name: 'r', groups: ['g'], methods, paths };
    const other: RuleInput = { name: 'o', paths: ['/other'] };
    expect(lines([rule], 'g')).toEqual([`✓ ${allowed}`]);
    expect(lines([other, rule])[1]).toBe(`✗ ${missing}`);
  });

  it('finds words for deny rules', () => {
    const all: RuleInput = { name: 'all' };
    expect(lines([all, { name: 'd', effect: 'deny', paths: ['/admin/**'] }])[1]).toBe(
      '✗ No access to anything under /admin',
    );
    expect(lines([all, { name: 'd', effect: 'deny', methods: ['DELETE'], paths: ['/v1/**'] }])[1]).toBe(
      '✗ Deleting anything under /v1 isn’t allowed',
    );
  });

  it('leaves out what no group would give', () => {
    const nobody: RuleInput = { name: 'n', groups: [], paths: ['/b'] };
    const taken: RuleInput[] = [
      { name: 't', groups: ['g'], paths: ['/c'] },
      { name: 'd', effect: 'deny', paths: ['/c'] },
    ];
    expect(lines([{ name: 'o', paths: ['/a'] }, nobody, ...taken])).toEqual([
      '✓ Read and write /a',
      '✗ No access to /c',
    ]);
  });

  it('leaves out what another rule already gives', () => {
    const wide: RuleInput = { name: 'sre', groups: ['sre'], paths: ['/v1/**'] };
    expect(lines([...rules, wide], 'sre')).toEqual(['✓ Read and write everything under /v1']);
  });

  it.each<[held: string[], other: string[], isLeftOut: boolean]>([
    [['*'], ['*'], true],
    [['*'], ['GET'], true],
    [['GET', 'POST'], ['POST'], true],
    [['GET'], ['POST'], false],
    [['GET'], ['GET', 'POST'], false],
    [['GET'], ['*'], false],
  ])('with %j left out: what another group would give by %j (%j)', (held, other, isLeftOut) => {
    const shown = lines([
      { name: 'h', methods: held, paths: ['/a'] },
      { name: 'o', groups: ['g'], methods: other, paths: ['/a'] },
    ]);
    expect(shown).toHaveLength(isLeftOut ? 1 : 2);
  });

  it('names the level: reading only, or also writing', () => {
    const level = (rule: Partial<RuleInput>, ...more: RuleInput[]) =>
      policyOf([{ name: 'r', ...rule }, ...more]).catalogFor(person()).apis[0]?.level;
    expect(level({ methods: ['GET', 'OPTIONS'] })).toBe('read');
    expect(level({ methods: ['POST'] })).toBe('read-write');
    expect(level({})).toBe('read-write');
    expect(level({}, { name: 'd', effect: 'deny', methods: ['POST', 'PUT', 'PATCH', 'DELETE'] })).toBe('read');
  });

  it('keeps to its schema, carries the person and the revision, and the file’s order', () => {
    const policy = compilePolicy({
      apis: apis(
        { id: 'b', name: 'B', upstream: 'http://127.0.0.1', port: 7101, owner: 'team', example_path: '/x?y', rules },
        { id: 'a', name: 'A', upstream: 'http://127.0.0.1', allowed_origins: ['http://localhost:3000'] },
      ),
    });
    const catalog = policy.catalogFor({ ...person('developers'), email: 'alice@example.com' });
    expect(catalogSchema.parse(catalog)).toEqual(catalog);
    expect(catalog).toMatchObject({
      revision: policy.revision,
      person: { subject: 'alice', email: 'alice@example.com', groups: ['developers'] },
      apis: [
        { id: 'b', suggestedPort: 7101, owner: 'team', examplePath: '/x?y', access: 'open' },
        { id: 'a', access: 'locked', unlockedBy: [], allowedOrigins: ['http://localhost:3000'] },
      ],
    });
  });
});
