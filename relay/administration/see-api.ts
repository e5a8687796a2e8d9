import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { countSome } from '../reports/count-some.ts';
import { hourOf } from '../reports/count-records.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import { bounds } from '../reports/run-report.ts';
import type { UsageTotal } from '../reports/usage-store.ts';

/** What people did with an API in the last seven days. */
export interface ApiUse {
  readonly since: string;
  readonly until: string;
  readonly requests: number;
  readonly denied: number;
  readonly people: number;
  /** Who used it most; at most {@link mostRows}. */
  readonly byPerson: readonly {
    readonly issuer: string;
    readonly subject: string;
    readonly username: string;
    readonly requests: number;
    readonly denied: number;
  }[];
  /** Which rules decided, most first; null for requests that no rule speaks of. */
  readonly byRule: readonly { readonly rule: string | null; readonly allowed: boolean; readonly requests: number }[];
}

const weekHours = 168;
const mostRows = 20;

/** @throws AccessError `bad-input` for an API that the config doesn’t have, `shared-state-unavailable` */
export async function seeApiUse(
  { config, counts }: { readonly config: Config; readonly counts: CountsPlace },
  id: string,
  nowMs: number,
): Promise<ApiUse> {
  requireApi(config, id);
  const toHour = hourOf(nowMs) + 1;
  const period = { fromHour: toHour - weekHours, toHour };
  const usage = await openCounts(counts);
  try {
    await countSome(counts.dataDir, usage);
    const people = await usage.usage(period, ['person', 'allowed'], { api: id });
    const rules = await usage.usage(period, ['rule', 'allowed'], { api: id });
    const byPerson = [...Map.groupBy(people, ({ person }) => person)].map(([person, some]) => ({
      issuer: person.issuer,
      subject: person.subject,
      username: person.username,
      requests: sum(some),
      denied: sum(some.filter(({ allowed }) => !allowed)),
    }));
    return {
      ...bounds(period),
      requests: sum(people),
      denied: sum(people.filter(({ allowed }) => !allowed)),
      people: byPerson.length,
      byPerson: byPerson.toSorted(mostFirst).slice(0, mostRows),
      byRule: rules
        .map(({ rule, allowed, requests }) => ({ rule: rule === '' ? null : rule, allowed, requests }))
        .toSorted(mostFirst)
        .slice(0, mostRows),
    };
  } finally {
    await usage.close();
  }
}

/** @throws AccessError `bad-input` for an API that the config doesn’t have */
export function requireApi({ apis }: Config, id: string): Config['apis'][number] {
  const found = apis.find((api) => api.id === id);
  if (found === undefined)
    throw new AccessError('bad-input', `There is no API “${id.slice(0, 100)}” in the configuration.`);
  return found;
}

function sum(totals: readonly Pick<UsageTotal, 'requests'>[]): number {
  return totals.reduce((total, { requests }) => total + requests, 0);
}

function mostFirst(one: { readonly requests: number }, other: { readonly requests: number }): number {
  return other.requests - one.requests;
}
