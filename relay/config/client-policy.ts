import { coerce, lt } from 'semver';
import type { CheckableConfig } from './checkable-config.ts';
import type { Config } from './config-schema.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Report, YamlSource } from './yaml-source.ts';

/** Which versions of the app and the CLI the relay works with. */
export interface ClientPolicy {
  readonly minimum: string | null;
  readonly recommended: string | null;
  readonly howToUpdate: string | null;
}

/** What is in force of `client_policy`, or of the key in `relay` that it replaces. */
export function clientPolicyOf({
  relay,
  client_policy: policy,
}: Pick<Config, 'relay' | 'client_policy'>): ClientPolicy {
  const former = coerce(relay.minimum_client_version, { includePrerelease: true })?.version;
  return {
    minimum: policy.minimum_version ?? former ?? null,
    recommended: policy.recommended_version ?? null,
    howToUpdate: policy.how_to_update ?? null,
  };
}

/** That the minimum version stands in its former place, where it still counts. */
export function formerClientPolicy({ relay }: Pick<Config, 'relay'>, source: YamlSource): readonly ConfigProblem[] {
  if (relay.minimum_client_version === undefined) return [];
  const words = 'is “client_policy.minimum_version” now. The old key works for the time being.';
  return [source.problemAt(['relay', 'minimum_client_version'], words, 'key')];
}

/** What a schema can't see: the key and the one that replaces it, and a recommended version that is refused. */
export function checkClientPolicy({ relay, client_policy: policy }: CheckableConfig, report: Report): void {
  const former = relay?.minimum_client_version;
  const place = ['relay', 'minimum_client_version'];
  if (former !== undefined && policy?.minimum_version !== undefined)
    report(place, 'says again what “client_policy.minimum_version” says. Remove it here.', 'key');
  else if (former !== undefined && coerce(former) === null) report(place, 'must be a version like "1.4.0".');
  const { minimum_version: minimum, recommended_version: recommended } = policy ?? {};
  if (minimum !== undefined && recommended !== undefined && lt(recommended, minimum))
    report(['client_policy', 'recommended_version'], `is older than minimum_version, ${minimum}. Write a newer one.`);
}
