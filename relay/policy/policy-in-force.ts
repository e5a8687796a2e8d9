import type { ApiConfig, Config, LimitsConfig } from '../config/config-schema.ts';
import type { ClientPolicy } from '../config/client-policy.ts';
import type { RecordedFields } from '../recorded/recorded-fields.ts';
import type { Policy } from './decision.ts';

/** What is in force now; a reload replaces the whole object, so that no request sees half of a new config. */
export interface PolicyInForce {
  readonly policy: Policy;
  readonly apis: ReadonlyMap<string, ApiConfig>;
  readonly limits: LimitsConfig;
  readonly recorded: RecordedFields;
  /** How much callers are told of what shuts them out. */
  readonly disclose: Config['disclose'];
  readonly clients: ClientPolicy;
}
