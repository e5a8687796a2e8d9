import { reason } from '../../shared/reason.ts';
import type { ApiConfig, IssuerConfig } from '../config/config-schema.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import type { SharedParts } from './shared-parts.ts';

/** What policy knows of an issuer: at which APIs its tokens count. */
export type PolicyIssuer = Pick<IssuerConfig, 'name' | 'issuer' | 'apis'>;

/**
 * A deny rule for each issuer whose tokens don't count at this API. Being deny rules, they win over every rule and every
 * grant, and stand where other rules stand: in reasons, in what is explained, and in the catalog.
 */
export function issuerRules(
  api: ApiConfig,
  issuers: readonly PolicyIssuer[],
  parts: SharedParts,
): readonly CompiledRule[] {
  return issuers
    .filter(({ apis }) => apis !== undefined && !apis.includes(api.id))
    .map(({ name, issuer }) => ({
      ...compileRule({ name: `issuer:${name}`, effect: 'deny', methods: ['*'], paths: ['/**'] }, api, parts),
      callerConditions: [
        {
          words: `a sign-in at ${name}`,
          reason: () => reason('if-issuer', { provider: name }),
          holds: (subject) => subject.issuer === issuer,
        },
      ],
    }));
}
