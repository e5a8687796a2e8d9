import { saidByRelay } from '../../shared/reason-text.ts';
import type { ActivityEntry, ActivityLog, RequestCounts } from '../../shared/activity.ts';

/** How many entries the window keeps; the main process keeps as many. */
export const activityLimit = 5000;

/**
 * Adds what was pushed to the log. A later report on a request (its outcome) takes the place of the earlier one; the
 * oldest go when there are more than `limit`, and stay counted.
 */
export function appendActivity(log: ActivityLog, pushed: ActivityLog, limit = activityLimit): ActivityLog {
  return { entries: appendEntries(log.entries, pushed.entries, limit), counts: addCounts(log.counts, pushed.counts) };
}

function appendEntries(
  log: readonly ActivityEntry[],
  pushed: readonly ActivityEntry[],
  limit: number,
): readonly ActivityEntry[] {
  if (pushed.length === 0) return log;
  const updates = new Map(pushed.map((entry) => [entry.requestId, entry]));
  const kept = log.map((entry) => {
    const update = updates.get(entry.requestId);
    if (update === undefined) return entry;
    updates.delete(entry.requestId);
    return update;
  });
  const grown = [...kept, ...updates.values()];
  return grown.length > limit ? grown.slice(grown.length - limit) : grown;
}

function addCounts(known: ActivityLog['counts'], more: ActivityLog['counts']): ActivityLog['counts'] {
  const counts = { ...known };
  for (const [api, added] of Object.entries(more)) counts[api] = sum([counts[api] ?? none, added]);
  return counts;
}

const none: RequestCounts = { requests: 0, denied: 0, failed: 0 };

function sum(counts: readonly RequestCounts[]): RequestCounts {
  const total = (key: keyof RequestCounts): number => counts.reduce((so, each) => so + each[key], 0);
  return { requests: total('requests'), denied: total('denied'), failed: total('failed') };
}

/** How many requests there were, and how many of them the log doesn't list, by API; `api` null for all of them. */
export function activityTotals(
  { entries, counts }: ActivityLog,
  api: string | null = null,
): RequestCounts & { readonly notListed: Readonly<Record<string, number>> } {
  const listed: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.connections === undefined) listed[entry.api] = (listed[entry.api] ?? 0) + 1;
  }
  const wanted = Object.entries(counts).filter(([each]) => api === null || each === api);
  const missing = wanted.map(([each, { requests }]) => [each, requests - (listed[each] ?? 0)] as const);
  return {
    ...sum(wanted.map(([, each]) => each)),
    notListed: Object.fromEntries(missing.filter(([, count]) => count > 0)),
  };
}

export interface ActivityFilter {
  /** API id, or null for all. */
  readonly api: string | null;
  readonly deniedOnly: boolean;
  readonly text: string;
}

/** Entries that pass the filter, newest first. Text is looked for in method, path, rule, reason, status and id. */
export function filterActivity(log: readonly ActivityEntry[], filter: ActivityFilter): ActivityEntry[] {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found: ActivityEntry[] = [];
  for (let index = log.length - 1; index >= 0; index -= 1) {
    const entry = log[index];
    if (entry === undefined) continue;
    if (filter.api !== null && entry.api !== filter.api) continue;
    if (filter.deniedOnly && entry.decision !== 'deny') continue;
    if (words.length > 0 && !words.every((word) => searchText(entry).includes(word))) continue;
    found.push(entry);
  }
  return found;
}

function searchText(entry: ActivityEntry): string {
  const { method, path, rule, reason, reasons, status, requestId, api } = entry;
  return `${method} ${path} ${rule ?? ''} ${saidByRelay(reason, reasons)} ${status ?? ''} ${requestId} ${api}`.toLowerCase();
}
