import type { Config } from '../config/config-schema.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/decision.ts';
import { periodBefore, type ReportQuery, type ReportRow } from './report.ts';
import { timeText } from './usage-report.ts';
import type { DenialTotal, Person, UsageStore } from './usage-store.ts';

interface Alike {
  readonly api: string;
  readonly method: string;
  readonly shape: string;
  readonly rule: string;
  requests: number;
  lastHour: number;
  example: string;
  readonly people: Set<Person>;
  /** Who was denied, each with the path of an example: what the policy is asked about. */
  readonly callers: Map<string, { readonly groups: readonly string[]; readonly issuer: string; readonly path: string }>;
}

/** Denied requests that look alike, most first, with what the config in force says would let them through. */
export async function denialsReport(
  usage: UsageStore,
  query: ReportQuery,
  config: Config,
): Promise<readonly ReportRow[]> {
  const policy = compilePolicy(config);
  const now = alike(await usage.denials(query.period, query));
  const before = alike(await usage.denials(periodBefore(query.period), query));
  return [...now]
    .map(([key, found]) => ({
      api: found.api,
      request: `${found.method} ${found.shape === '' ? '(many paths)' : found.shape}`,
      requests: found.requests,
      people: found.people.size,
      requestsBefore: before.get(key)?.requests ?? 0,
      lastHour: timeText(found.lastHour),
      example: found.example,
      rule: found.rule === '' ? null : found.rule,
      ...unlocks(policy, config, found),
    }))
    .toSorted(
      (one, other) => other.requests - one.requests || other.people - one.people || (one.api < other.api ? -1 : 1),
    );
}

/** What would unlock a denial: groups, rules that stand against it, and roles among the groups that can be asked for. */
function unlocks(
  policy: Policy,
  config: Config,
  { api: id, method, rule, callers }: Alike,
): { readonly unlockedBy: readonly string[]; readonly hint: string } {
  const api = config.apis.find((candidate) => candidate.id === id);
  if (api === undefined) return { unlockedBy: [], hint: `There is no API “${id}” in the config.` };
  if (rule.startsWith('lock:')) return { unlockedBy: [], hint: 'The end of the lock.' };
  const groups = new Set<string>();
  const hints = new Set<string>();
  for (const { groups: held, issuer, path } of callers.values()) {
    const decision = policy.decide({ groups: held, issuer }, { api: id, method, path });
    if (decision.effect === 'allow') hints.add(`Rule “${decision.rule}” allows it now.`);
    else if (decision.stepUp !== undefined) hints.add('A fresh sign-in is enough.');
    else if (decision.rule !== null) hints.add(`Only a change of the deny rule “${decision.rule}”.`);
    else if (decision.unlockedBy.length === 0) hints.add('No group unlocks it: it takes another rule.');
    else for (const group of decision.unlockedBy) groups.add(group);
  }
  const offered = [...(api.access_requests?.roles ?? []), ...config.access_requests.roles.map(({ role }) => role)];
  const askable = [...groups].filter((group) => offered.includes(group));
  if (askable.length > 0) hints.add(`Can be asked for: ${askable.join(', ')}.`);
  return { unlockedBy: [...groups].toSorted(), hint: [...hints].join(' ') };
}

function alike(denials: readonly DenialTotal[]): ReadonlyMap<string, Alike> {
  const found = new Map<string, Alike>();
  for (const { api, method, rule, shape, path, requests, person, groups, lastHour } of denials) {
    const key = JSON.stringify([api, method, shape, rule]);
    const one = found.get(key) ?? {
      api,
      method,
      shape,
      rule,
      requests: 0,
      lastHour: 0,
      example: path,
      people: new Set(),
      callers: new Map(),
    };
    found.set(key, one);
    one.requests += requests;
    one.people.add(person);
    if (lastHour >= one.lastHour) one.example = path;
    one.lastHour = Math.max(one.lastHour, lastHour);
    const { issuer } = person;
    one.callers.set(JSON.stringify([groups, issuer]), { groups, issuer, path });
  }
  return found;
}
