import type { SourcedEntry } from '../../audit/reading/audit-source.ts';
import { describeEntry } from './describe-entry.ts';
import { type ListOptions, sourceOf } from './list.ts';

/** What `relay audit tail` was asked: `limit` records that are there already, then all that come, until aborted. */
export interface TailOptions extends Omit<ListOptions, 'cursor' | 'warn'> {
  readonly signal: AbortSignal;
}

/**
 * Prints the newest matching records, the oldest of them first, and goes on with those that are written.
 * @throws AccessError `bad-input` when the audit can't be read or a name isn't in it
 */
export async function tailAudit(options: TailOptions): Promise<number> {
  const { filters, limit, json, write, signal } = options;
  const print = (entry: SourcedEntry): void => write(`${json ? JSON.stringify(entry) : describeEntry(entry)}\n`);
  const source = await sourceOf({ ...options, follows: true });
  try {
    await source.requireKnownNames(filters, options.configured);
    const newest: SourcedEntry[] = [];
    for await (const { cursor: _cursor, ...entry } of source.newestFirst(filters))
      if (newest.push(entry) >= limit) break;
    for (const entry of newest.toReversed()) print(entry);
    for await (const entry of source.follow(filters, signal)) print(entry);
    return 0;
  } finally {
    await source.close();
  }
}
