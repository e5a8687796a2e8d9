import type { Config } from '../config/config-schema.ts';
import { periodBefore, type Period, type ReportQuery, type ReportRow } from './report.ts';
import { timeText } from './usage-report.ts';
import type { ApprovedGrant, UsageStore, UsageTotal } from './usage-store.ts';

/** How one caller's requests to one API were decided by one rule. */
type Use = Pick<UsageTotal, 'api' | 'rule' | 'groups' | 'allowed' | 'requests' | 'lastHour'>;

interface Thing {
  readonly kind: 'api' | 'rule' | 'group' | 'role' | 'grant';
  readonly name: string;
  /** Null where it counts for all APIs. */
  readonly api: string | null;
  readonly isUse: (use: Use) => boolean;
}

const all: Period = { fromHour: Number.MIN_SAFE_INTEGER, toHour: Number.MAX_SAFE_INTEGER };

/**
 * APIs, rules, groups and roles of the config in force, and approved grants, that no request needed in the period. With
 * how often they were needed in the one before, and when last.
 */
export async function unusedReport(
  usage: UsageStore,
  { period, api }: ReportQuery,
  config: Config,
): Promise<readonly ReportRow[]> {
  const grants = await usage.approved(period.toHour);
  // Grants are short: one that was approved in an earlier period is no news.
  const isNews = new Set(grants.filter(({ hour }) => hour >= period.fromHour).map(({ id }) => id));
  const things = thingsOf(config, grants)
    .filter(({ kind, name }) => kind !== 'grant' || isNews.has(name))
    .filter((thing) => api === undefined || thing.api === api);
  const usesIn = async (of: Period): Promise<readonly Use[]> =>
    usage.usage(of, ['api', 'rule', 'groups', 'allowed'], {});
  const now = await usesIn(period);
  const unused = things.filter(({ isUse }) => !now.some(isUse));
  const before = await usesIn(periodBefore(period));
  const ever = await usesIn({ ...all, toHour: period.fromHour });
  return unused.map(({ kind, name, api: at, isUse }) => {
    const last = Math.max(...ever.filter(isUse).map(({ lastHour }) => lastHour));
    const requestsBefore = before.filter(isUse).reduce((sum, { requests }) => sum + requests, 0);
    return { kind, name, api: at, requestsBefore, lastHour: Number.isFinite(last) ? timeText(last) : null };
  });
}

function thingsOf(config: Config, grants: readonly ApprovedGrant[]): readonly Thing[] {
  const isByGrant = ({ rule }: Use, role: string, api: string | null): boolean =>
    grants.some((grant) => rule === `grant:${grant.id}` && grant.role === role && grant.api === api);
  const ofApis = config.apis.flatMap(({ id, rules, access_requests: requests }): Thing[] => {
    const groups = new Set(rules.filter(({ effect }) => effect === 'allow').flatMap((rule) => rule.groups ?? []));
    groups.delete('*');
    return [
      { kind: 'api', name: id, api: id, isUse: (use) => use.api === id && use.allowed },
      ...rules.map(({ name }): Thing => ({
        kind: 'rule',
        name,
        api: id,
        isUse: (use) => use.api === id && use.rule === name,
      })),
      ...[...groups].map((group): Thing => {
        const named = new Set(rules.filter((rule) => rule.groups?.includes(group)).map(({ name }) => name));
        const isUse = (use: Use): boolean =>
          use.api === id && use.allowed && named.has(use.rule) && use.groups.includes(group);
        return { kind: 'group', name: group, api: id, isUse };
      }),
      ...(requests?.roles ?? []).map((role): Thing => ({
        kind: 'role',
        name: role,
        api: id,
        isUse: (use) => isByGrant(use, role, id),
      })),
    ];
  });
  return [
    ...ofApis,
    ...config.access_requests.roles.map(({ role }): Thing => ({
      kind: 'role',
      name: role,
      api: null,
      isUse: (use) => isByGrant(use, role, null),
    })),
    ...grants.map(({ id, api }): Thing => ({
      kind: 'grant',
      name: id,
      api,
      isUse: ({ rule }) => rule === `grant:${id}`,
    })),
  ];
}
