import type { CheckableConfig } from './checkable-config.ts';
import type { RequestLimitConfig } from './config-schema.ts';
import { reportDuplicates } from './duplicates.ts';
import type { Report } from './yaml-source.ts';

/** What a schema can't see of limits: tiers that there aren't, names that clash, and unsaid behaviour without counters. */
export function checkRequestLimits(config: CheckableConfig, report: Report): void {
  const { tiers, shared_state: shared } = config;
  reportDuplicates(
    tiers,
    (tier) => tier?.name,
    (index) => ['tiers', index, 'name'],
    'tier',
    report,
  );
  if (shared?.store === 'redis' && shared.url === undefined) {
    report(['shared_state'], 'needs the url of Redis. Write url: ${env:REDIS_URL}.');
  }
  if (shared?.store === 'redis' && config.saml !== undefined && shared.secret === undefined) {
    report(['shared_state'], 'needs a secret that the relays share, because of “saml”. Write secret: ${file:PATH}.');
  }
  if (shared?.other_secret !== undefined && shared.secret === undefined)
    report(['shared_state', 'other_secret'], 'stands beside “secret”, and there is none. Write secret: ${file:PATH}.');
  const known = tiers.flatMap((tier) => tier?.name ?? []);
  const needsFailure = shared?.store === 'redis' && shared.on_failure === undefined;
  const check = (limits: readonly (RequestLimitConfig | undefined)[], place: readonly PropertyKey[]): void => {
    reportDuplicates(
      limits,
      (limit) => limit?.name,
      (index) => [...place, index, 'name'],
      'limit name',
      report,
    );
    for (const [index, limit] of limits.entries()) {
      for (const [at, tier] of (limit?.tiers ?? []).entries()) {
        if (known.includes(tier)) continue;
        const there = known.length === 0 ? 'There are none.' : `Tiers: ${known.join(', ')}.`;
        report([...place, index, 'tiers', at], `names a tier that isn’t under “tiers”. ${there}`);
      }
      if (limit !== undefined && needsFailure && limit.on_failure === undefined) {
        report(
          [...place, index],
          'must say what happens while Redis can’t be reached. Write on_failure: deny, or allow.',
        );
      }
    }
  };
  check(config.request_limits, ['request_limits']);
  for (const [index, api] of config.apis.entries()) {
    if (api !== undefined) check(api.request_limits, ['apis', index, 'request_limits']);
  }
}
