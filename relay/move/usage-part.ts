import type { DatabaseSync } from 'node:sqlite';
import { type ApprovedCount, type Counts, hourStartMs } from '../reports/count-records.ts';
import { openUsage } from '../reports/open-usage.ts';
import type { SharedUsageStore } from '../reports/postgres-usage.ts';
import { openUsageStore } from '../reports/sqlite-usage.ts';
import type { MovedPart } from './moved-part.ts';

const rowsAtOnce = 5000;

/**
 * What requests were counted to, also of hours that the audit doesn't hold any more. If the storage has counts of this
 * relay already, only those of the hours before them are missing there.
 */
export async function usagePart(dataDir: string, shared: SharedUsageStore): Promise<MovedPart> {
  const local = openUsageStore(dataDir);
  const counted = await local.counted();
  await local.close();
  const database = openUsage(dataDir);
  const count = Number(
    database.prepare('SELECT coalesce(sum(requests), 0) AS requests FROM usage').get()?.['requests'],
  );
  database.close();
  return {
    name: 'counted requests',
    count,
    async move(didMove) {
      const opened = openUsage(dataDir);
      try {
        for (;;) {
          const there = await shared.counted();
          const isNew = there.seq === 0;
          const beforeHour = isNew ? null : await shared.firstHour();
          const rows = countsIn(opened, beforeHour ?? Number.MAX_SAFE_INTEGER, didMove);
          if (await shared.add(there, rows, isNew ? counted : there)) return;
        }
      } finally {
        opened.close();
      }
    },
    verify: async () => Math.min(count, await shared.requests()),
  };
}

/** What was counted before an hour, in portions. */
function* countsIn(database: DatabaseSync, beforeHour: number, didMove: (soFar: number) => void): Iterable<Counts> {
  const names = `issuer, subject, username, groups.text AS groups, api.text AS api, rule.text AS rule`;
  const joins = `JOIN person ON person.id = person JOIN word groups ON groups.id = groups
    JOIN word api ON api.id = api JOIN word rule ON rule.id = rule`;
  const one = (row: Readonly<Record<string, unknown>>, allowed: boolean) => ({
    hour: Number(row['hour']),
    caller: { issuer: String(row['issuer']), subject: String(row['subject']), username: String(row['username']) },
    groups: String(row['groups']),
    api: String(row['api']),
    rule: String(row['rule']),
    allowed,
    requests: Number(row['requests']),
  });
  let moved = 0;
  let usage: Counts['usage'][number][] = [];
  for (const row of database
    .prepare(`SELECT hour, allowed, requests, ${names} FROM usage ${joins} WHERE hour < ? ORDER BY hour`)
    .iterate(beforeHour)) {
    const count = one(row, row['allowed'] === 1);
    usage.push(count);
    moved += count.requests;
    if (usage.length < rowsAtOnce) continue;
    yield { usage, denials: [], approved: [] };
    didMove(moved);
    usage = [];
  }
  yield { usage, denials: [], approved: approvedIn(database) };
  didMove(moved);
  let denials: Counts['denials'][number][] = [];
  for (const row of database
    .prepare(
      `SELECT hour, requests, shape, path, method.text AS method, ${names} FROM denial ${joins}
       JOIN word method ON method.id = method WHERE hour < ? ORDER BY hour`,
    )
    .iterate(beforeHour)) {
    const denial = {
      ...one(row, false),
      method: String(row['method']),
      shape: String(row['shape']),
      path: String(row['path']),
    };
    denials.push(denial);
    if (denials.length < rowsAtOnce) continue;
    yield { usage: [], denials, approved: [] };
    denials = [];
  }
  yield { usage: [], denials, approved: [] };
}

function approvedIn(database: DatabaseSync): readonly ApprovedCount[] {
  return database
    .prepare('SELECT id, hour, username, api, role FROM approved')
    .all()
    .map((row) => ({
      grant: String(row['id']),
      timeMs: hourStartMs(Number(row['hour'])),
      requester: { username: String(row['username']) },
      api: row['api'] === null ? null : String(row['api']),
      role: String(row['role']),
    }));
}
