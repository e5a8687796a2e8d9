import { DatabaseSync } from 'node:sqlite';
import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { catchUp, rebuildUsage } from '../../../relay/reports/follow-audit.ts';
import { usageFile } from '../../../relay/reports/open-usage.ts';
import { openUsageStore } from '../../../relay/reports/sqlite-usage.ts';
import type { Counted } from '../../../relay/reports/usage-store.ts';
import { alice, decision, silent } from '../audit/audit-fixtures.ts';

export const noonMs = Date.parse('2026-11-02T12:00:00Z');
export const hourMs = 3_600_000;

export function caller(username: string, groups: readonly string[] = ['developers']): AuditCaller {
  return { ...alice, subject: `subject-${username}`, username, groups };
}

/** A decision of somebody at an hour after noon. */
export function asked(
  who: AuditCaller,
  hour: number,
  given: Partial<Extract<AuditRecord, { type: 'decision' }>> = {},
): AuditRecord {
  return decision('r', { caller: who, timeMs: noonMs + hour * hourMs, ...given });
}

export function denied(
  who: AuditCaller,
  hour: number,
  given: Partial<Extract<AuditRecord, { type: 'decision' }>> = {},
): AuditRecord {
  return asked(who, hour, { effect: 'deny', rule: null, ...given });
}

/** Writes records into the audit of a folder, behind those that it has. */
export async function writeAudit(dataDir: string, records: readonly AuditRecord[]): Promise<void> {
  const audit = await createAuditLog({ dataDir, log: silent });
  await Promise.all(
    records.map(
      (record) =>
        new Promise<void>((resolve, reject) => {
          audit.append(record, (error) => (error === null ? resolve() : reject(error)));
        }),
    ),
  );
  await audit.close();
}

/** Removes records from the beginning of the audit. */
export function cutAudit(dataDir: string, upTo: number): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec(`DELETE FROM audit WHERE seq <= ${upTo}`);
  database.close();
}

/** All counts of a folder, in words. */
export function countsIn(dataDir: string): { readonly usage: readonly object[]; readonly denials: readonly object[] } {
  const database = new DatabaseSync(`${dataDir}/${usageFile}`);
  const all = (table: string, more: string): object[] =>
    database
      .prepare(
        `SELECT hour, username, api.text AS api, rule.text AS rule, ${more}requests FROM ${table}
         JOIN person ON person.id = person JOIN word api ON api.id = api JOIN word rule ON rule.id = rule ORDER BY 1, 2, 3, 4, 5`,
      )
      .all()
      .map((row) => ({ ...row }));
  const counts = { usage: all('usage', 'allowed, '), denials: all('denial', 'shape, path, ') };
  database.close();
  return counts;
}

/** Counts what is new in the audit of a folder. */
export async function count(dataDir: string, batch?: number): Promise<Counted> {
  const usage = openUsageStore(dataDir);
  try {
    return await catchUp(dataDir, usage, batch);
  } finally {
    await usage.close();
  }
}

/** Counts all of it anew. */
export async function countAnew(dataDir: string, batch?: number): Promise<Counted> {
  const usage = openUsageStore(dataDir);
  try {
    return await rebuildUsage(dataDir, usage, batch);
  } finally {
    await usage.close();
  }
}
