import fc from 'fast-check';
import type { z } from 'zod';
import { type ApiConfig, configSchema, type RuleConfig } from '../../../relay/config/config-schema.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import type { Policy } from '../../../relay/policy/decision.ts';

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
