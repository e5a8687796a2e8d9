import type { Config } from '../config/config-schema.ts';
import { pathFormsOf } from '../config/path-forms-of.ts';

/** What of a config decides requests to an API, as a text. */
function rulesText(config: Config, id: string): string {
  const api = config.apis.find((candidate) => candidate.id === id);
  if (api === undefined) return '';
  const { rules, when_locked: whenLocked, case_insensitive_paths: caseless, access_requests: requests } = api;
  const reach = config.issuers.map(({ issuer, apis }) => [issuer, apis?.includes(id) ?? true]);
  return JSON.stringify([rules, whenLocked, caseless, requests, pathFormsOf(api), reach, config.access_requests]);
}

/** Ids of the APIs where a request can be decided otherwise by one config than by the other; new and removed ones, too. */
export function changedApis(one: Config, other: Config): ReadonlySet<string> {
  const ids = new Set([...one.apis, ...other.apis].map(({ id }) => id));
  return new Set([...ids].filter((id) => rulesText(one, id) !== rulesText(other, id)));
}

/** What a proposal changes besides rules, and no past request can show, in sentences. */
export function changesNotReplayed(inForce: Config, proposed: Config): readonly string[] {
  const differs = (part: (config: Config) => unknown): boolean =>
    JSON.stringify(part(inForce)) !== JSON.stringify(part(proposed));
  const notes: string[] = [];
  if (differs(({ tiers, request_limits: limits }) => [tiers, limits]))
    notes.push('Limits and quotas differ; requests are not counted anew.');
  if (differs(({ issuers }) => issuers.map(({ apis: _reach, ...rest }) => rest)))
    notes.push('Providers differ: people, groups and claims are taken as they were recorded.');
  return notes;
}
