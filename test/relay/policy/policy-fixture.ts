import fc from 'fast-check';
import type { z } from 'zod';
import { type ApiConfig, configSchema, type RuleConfig } from '../../../relay/config/config-schema.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Policy, PolicyContext } from '../../../relay/policy/decision.ts';

const apisSchema = configSchema.shape.apis;
export type ApiInput = z.input<typeof apisSchema>[number];
export type RuleInput = NonNullable<ApiInput['rules']>[number];

/** APIs as a config file would give them, defaults filled in. */
export function apis(...inputs: ApiInput[]): ApiConfig[] {
  return apisSchema.parse(inputs);
}

/** A policy with one API, `orders`, and these rules. */
export function policyOf(rules: readonly RuleInput[], api: Partial<ApiInput> = {}): Policy {
  const input: ApiInput = { id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', ...api, rules: [...rules] };
  return compilePolicy({ apis: apis(input) });
}

/** Somebody in these groups. */
export function person(...groups: string[]): Identity {
  return {
    kind: 'person',
    issuer: 'http://127.0.0.1/idp',
    issuerName: 'Test',
    subject: 'alice',
    username: 'alice',
    name: 'Alice',
    email: undefined,
    groups,
    clientId: undefined,
    tokenId: undefined,
    expiresAtMs: 0,
    authTimeMs: undefined,
    acr: undefined,
    scopes: [],
    providerSessionId: undefined,
    claims: {},
    jkt: undefined,
    certificateSha256: undefined,
  };
}

export const groupNames = ['developers', 'sre', 'finance', 'contractors'] as const;

const patterns = fc
  .array(fc.constantFrom('v1', 'orders', 'admin', '*', '**', 'a*', '*b', 'Admin'), { maxLength: 4 })
  .map(
    (segments) => `/${segments.filter((segment, index) => segment !== '**' || segments[index - 1] !== '**').join('/')}`,
  );

/** Any rule over a few groups, methods and patterns, so that rules often meet. */
export const anyRule: fc.Arbitrary<Omit<RuleConfig, 'name'>> = fc.record({
  effect: fc.constantFrom('allow', 'deny'),
  groups: fc.option(fc.uniqueArray(fc.constantFrom(...groupNames, '*'), { maxLength: 3 }), { nil: undefined }),
  methods: fc.uniqueArray(fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', '*'), { minLength: 1, maxLength: 2 }),
  paths: fc.array(patterns, { minLength: 1, maxLength: 2 }),
});

/** Conditions besides groups, methods and paths, each now met and now not by `anyContext` and `anySubject`. */
const anyConditions = fc.record(
  {
    kind: fc.constantFrom('person', 'service'),
    claims: fc.constantFrom({ department: ['sales'] }, { department: ['it', 'hr'], level: [3] }, { department: [] }),
    scopes: fc.constantFrom(['orders'], ['other'], []),
    times: fc.constantFrom([{ days: ['mon', 'tue'] as const, from: '08:00', to: '18:00' }], [{}], []),
    networks: fc.constantFrom(['10.0.0.0/8'], ['2001:db8::/32', '192.0.2.1'], []),
    device: fc.constantFrom({ system: ['macOS*'] }, { minimum_app_version: '1.4' }),
  },
  { requiredKeys: [] },
);

/** Any rule as `anyRule` makes it, often with further conditions; allow rules sometimes ask for a fresh sign-in. */
export const anyConditionalRule = fc
  .tuple(
    anyRule,
    anyConditions,
    fc.record({ max_auth_age: fc.constantFrom(60, 3600), acr: fc.constant(['mfa']) }, { requiredKeys: [] }),
  )
  .map(([rule, conditions, stepUp]) => ({ ...rule, ...conditions, ...(rule.effect === 'allow' ? stepUp : {}) }));

export const anyConditionalRules = fc
  .array(anyConditionalRule, { maxLength: 6 })
  .map((rules) => rules.map((rule, index) => ({ ...rule, name: `rule-${index}` }) as RuleInput));

/** Monday 10:00 UTC and other moments; places and devices that rules of `anyConditionalRule` speak of, or unknown ones. */
export const anyContext: fc.Arbitrary<PolicyContext> = fc.record({
  timeMs: fc.constantFrom(Date.UTC(2026, 0, 5, 10), Date.UTC(2026, 0, 5, 20), Date.UTC(2026, 0, 10, 10), Number.NaN),
  remoteAddress: fc.constantFrom('10.1.2.3', '::ffff:10.9.9.9', '2001:db8::1', '198.51.100.7', ''),
  device: fc.constantFrom(
    { name: 'laptop', system: 'macOS 26', appVersion: '1.5.0' },
    { name: 'pc', system: 'Windows 11', appVersion: '1.3.9' },
    null,
  ),
});

export const anySubject: fc.Arbitrary<Identity> = fc
  .record({
    groups: fc.uniqueArray(fc.constantFrom(...groupNames), { maxLength: 3 }),
    kind: fc.constantFrom('person', 'service'),
    claims: fc.constantFrom({}, { department: 'sales' }, { department: ['hr', 'x'], level: 3 }),
    scopes: fc.constantFrom([], ['orders'], ['other', 'orders']),
    acr: fc.constantFrom(undefined, 'pwd', 'mfa'),
    authTimeMs: fc.constantFrom(undefined, Date.UTC(2026, 0, 5, 9, 59, 30), Date.UTC(2026, 0, 1)),
  })
  .map((parts) => ({ ...person(), ...parts }) as Identity);

export const anyRules = fc
  .array(anyRule, { maxLength: 6 })
  .map((rules) => rules.map((rule, index) => ({ ...rule, name: `rule-${index}` })));

export const anyRequest = fc.record({
  api: fc.constant('orders'),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'),
  path: fc
    .array(fc.constantFrom('v1', 'orders', 'admin', 'Admin', 'ab', 'a', 'b', 'x%20', 'orders.'), { maxLength: 4 })
    .map((segments) => `/${segments.join('/')}`),
});

export const anyGroups = fc.uniqueArray(fc.constantFrom(...groupNames), { maxLength: 3 });
