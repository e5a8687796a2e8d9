import type { Quota } from '../../shared/catalog.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { Limiter } from './limiter.ts';

/** What is left of the limits of one API. */
export interface ApiQuotas {
  readonly api: string;
  /** Short windows first. */
  readonly quotas: readonly Quota[];
}

/** What is left of all limits that count somebody’s requests. @throws AccessError `counters-unavailable` */
export function quotasOf(
  limiter: Limiter,
  { apis }: Pick<Config, 'apis'>,
  { issuer, subject, groups }: Pick<Identity, 'issuer' | 'subject' | 'groups'>,
  timeMs: number,
): Promise<readonly ApiQuotas[]> {
  const caller = { issuer, subject, groups };
  const limited = apis.filter(({ id }) => limiter.hasLimits(caller, id));
  return Promise.all(limited.map(async ({ id }) => ({ api: id, quotas: await limiter.left(caller, id, timeMs) })));
}
