/** Names of the reports, as the command takes them. */
export const reportNames = ['usage', 'denials', 'unused', 'people', 'groups'] as const;
export type ReportName = (typeof reportNames)[number];

/** What `report usage` can be counted by. */
export const usageKeys = ['api', 'hour', 'day', 'group', 'person', 'rule', 'decision'] as const;
export type UsageKey = (typeof usageKeys)[number];

/** One value in a report; null is “none” or “never”. */
export type Cell = string | number | null | readonly string[];
export type ReportRow = Readonly<Record<string, Cell>>;

/** Whole hours, UTC: from the beginning of `fromHour` to the beginning of `toHour`, counted since 1970. */
export interface Period {
  readonly fromHour: number;
  readonly toHour: number;
}

/** What is to be counted. All given filters must match. */
export interface ReportQuery {
  readonly period: Period;
  readonly api?: string;
  /** User name or subject. */
  readonly user?: string;
  readonly group?: string;
}

/** The period of the same length that ends where this one begins. */
export function periodBefore({ fromHour, toHour }: Period): Period {
  return { fromHour: fromHour - (toHour - fromHour), toHour: fromHour };
}
