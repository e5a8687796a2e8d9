import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import type { Period, ReportQuery } from './report.ts';

type Table = 'usage' | 'denial';
type Row = Readonly<Record<string, unknown>>;

/** The counts of one database, narrowed by the filters of a query. */
export interface UsageQuery {
  /** Rows of a grouped query over a period; `select` and `groupBy` are SQL of this program, never of a caller. */
  rows(table: Table, period: Period, select: string, groupBy: string): readonly Row[];
}

/** @throws AccessError `bad-input` when a filter names what neither the config nor the counts know. */
export function usageQuery(database: DatabaseSync, { apis }: Pick<Config, 'apis'>, query: ReportQuery): UsageQuery {
  const conditions: string[] = [];
  const values: string[] = [];
  const { api, user, group } = query;
  if (api !== undefined) {
    const isCounted = database
      .prepare('SELECT 1 FROM usage WHERE api = (SELECT id FROM word WHERE text = ?) LIMIT 1')
      .get(api);
    if (isCounted === undefined && !apis.some(({ id }) => id === api)) throw unknown('API', api);
    conditions.push('api = (SELECT id FROM word WHERE text = ?)');
    values.push(api);
  }
  if (user !== undefined) {
    const found = database.prepare('SELECT 1 FROM person WHERE username = ? OR subject = ?').get(user, user);
    if (found === undefined) throw unknown('person', user);
    conditions.push('person IN (SELECT id FROM person WHERE username = ? OR subject = ?)');
    values.push(user, user);
  }
  if (group !== undefined) {
    const sets = groupSets(database).filter(({ groups }) => groups.includes(group));
    if (sets.length === 0 && !isInConfig(apis, group)) throw unknown('group', group);
    conditions.push(`groups IN (${sets.map(({ id }) => id).join(', ')})`);
  }
  return {
    rows(table, { fromHour, toHour }, select, groupBy) {
      const where = ['hour >= ?', 'hour < ?', ...conditions].join(' AND ');
      return database
        .prepare(`SELECT ${select} FROM ${table} WHERE ${where} GROUP BY ${groupBy}`)
        .all(fromHour, toHour, ...values);
    },
  };
}

/** All texts that the counts name by number. */
export function wordsOf(database: DatabaseSync): ReadonlyMap<number, string> {
  const rows = database.prepare('SELECT id, text FROM word').all();
  return new Map(rows.map((row) => [Number(row['id']), String(row['text'])]));
}

/** Each set of groups that somebody had. */
function groupSets(database: DatabaseSync): readonly { readonly id: number; readonly groups: readonly string[] }[] {
  return database
    .prepare("SELECT id, text FROM word WHERE text LIKE '[%' AND id IN (SELECT DISTINCT groups FROM usage)")
    .all()
    .map((row) => ({ id: Number(row['id']), groups: JSON.parse(String(row['text'])) as string[] }));
}

function isInConfig(apis: Config['apis'], group: string): boolean {
  return apis.some(({ rules }) => rules.some((rule) => rule.groups?.includes(group) === true));
}

function unknown(what: string, name: string): AccessError {
  return new AccessError('bad-input', `No ${what} “${name.slice(0, 100)}” is in the config or in the counts.`);
}
