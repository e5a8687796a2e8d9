import type { ActivityEntry } from '../../shared/activity.ts';

/** How many entries the window keeps; the main process keeps as many. */
export const activityLimit = 5000;

/**
 * Adds pushed entries to the log, oldest first. A later report on a request (its outcome) takes the place of the
 * earlier one; the oldest go when there are more than `limit`.
 */
export function appendActivity(
  log: readonly ActivityEntry[],
  pushed: readonly ActivityEntry[],
  limit = activityLimit,
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
  const { method, path, rule, reason, status, requestId, api } = entry;
  return `${method} ${path} ${rule ?? ''} ${reason} ${status ?? ''} ${requestId} ${api}`.toLowerCase();
}
