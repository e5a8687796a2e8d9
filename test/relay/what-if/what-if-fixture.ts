import { type Config, configSchema } from '../../../relay/config/config-schema.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import type { WhatIf } from '../../../relay/what-if/what-if.ts';
import type { PastPolicies } from '../../../relay/what-if/past-policies.ts';
import { createPastDecider } from '../../../relay/what-if/decide-as-known.ts';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import { runWhatIf, type WhatIfBounds } from '../../../relay/what-if/run-what-if.ts';
import type { ApiInput, RuleInput } from '../policy/policy-fixture.ts';

export type DecisionRecord = Extract<AuditRecord, { type: 'decision' }>;

export const issuer = 'http://127.0.0.1:9000';

/** A config with one API, `orders`, and these rules. */
export function configOf(rules: readonly RuleInput[], api: Partial<ApiInput> = {}, more: object = {}): Config {
  return configSchema.parse({
    relay: { name: 'Test', url: 'http://127.0.0.1:8443' },
    issuers: [{ name: 'SSO', issuer, client_id: 'causeway', audience: 'relay' }],
    apis: [{ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:1', ...api, rules: [...rules] }],
    ...more,
  });
}

/** A decision on `GET /v1` of alice, who is in `staff`, an hour after `beginMs`. */
export function decided(of: Partial<DecisionRecord> & { readonly groups?: readonly string[] } = {}): DecisionRecord {
  const { groups = ['staff'], ...rest } = of;
  return {
    type: 'decision',
    requestId: 'r',
    timeMs: beginMs + hourMs,
    caller: {
      issuer,
      subject: 'sub-alice',
      username: 'alice',
      groups,
      sessionId: 's',
      device: 'laptop, Linux',
      remoteAddress: '192.0.2.7',
    },
    api: 'orders',
    method: 'GET',
    path: '/v1',
    effect: 'allow',
    rule: 'staff',
    reason: 'It does.',
    policyRevision: 'of then',
    ...rest,
  };
}

export const beginMs = Date.parse('2026-03-02T00:00:00Z');
export const hourMs = 3_600_000;

/** A what-if over these records, which are given in their order. */
export function whatIfOf(
  inForce: Config,
  proposed: Config,
  records: readonly AuditRecord[],
  { grants = [], ...bounds }: Partial<WhatIfBounds> & { readonly grants?: readonly AccessRequest[] | null } = {},
): Promise<WhatIf> {
  const decider = createPastDecider(inForce);
  const { revision } = compilePolicy(inForce);
  const missing = new Set<string>();
  const policies: PastPolicies = {
    missing,
    at(asked) {
      // “of then” stands for the config in force.
      if (asked === revision || asked === 'of then') return Promise.resolve(decider);
      missing.add(asked);
      return Promise.resolve(null);
    },
    close: () => undefined,
  };
  async function* newest(): AsyncGenerator<readonly string[]> {
    yield await Promise.resolve(
      records.toReversed().map((record) => (record.type === 'outcome' ? '' : JSON.stringify(record))),
    );
  }
  return runWhatIf(
    { inForce, proposed, records: newest(), policies, grants },
    {
      sinceMs: beginMs,
      untilMs: beginMs + 24 * hourMs,
      mostRecords: 1e6,
      deadlineMs: Infinity,
      mostRows: 100,
      ...bounds,
    },
  );
}
