import { type AuditPlace, openAuditSource } from '../../audit/shared/open-source.ts';
import type { AuditFilters } from '../../audit/reading/audit-query.ts';
import type { AuditSource, Cursor } from '../../audit/reading/audit-source.ts';
import type { ConfiguredNames } from '../../audit/reading/known-names.ts';
import type { RunningRelay } from '../running-relay.ts';
import { askedSource } from './asked-source.ts';
import { describeEntry } from './describe-entry.ts';

/** What `relay audit list` was asked. */
export interface ListOptions extends AuditPlace {
  readonly filters: AuditFilters;
  readonly cursor?: Cursor;
  readonly limit: number;
  readonly configured?: ConfiguredNames;
  /** The one that is asked, where one runs; otherwise the folder or the storage is opened. */
  readonly relay?: RunningRelay | null;
  /** Of the relays that share its storage, the one whose records alone are meant. */
  readonly only?: string | undefined;
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  /** Takes finished text; ends each line itself. */
  readonly write: (text: string) => void;
  /** Takes what is no record, for standard error. */
  readonly warn: (text: string) => void;
}

/**
 * Lists a page of records, the newest first, also while a relay writes; says how to go on when there are more.
 * @throws AccessError `bad-input` when the audit can't be read or a name isn't in it
 */
export async function listAudit(options: ListOptions): Promise<number> {
  const { filters, cursor, limit, json, write, warn } = options;
  const source = await sourceOf(options);
  try {
    await source.requireKnownNames(filters, options.configured);
    let last: Cursor | undefined;
    let count = 0;
    for await (const { cursor: next, ...entry } of source.newestFirst(filters, cursor)) {
      if (count === limit) {
        if (json) write(`${JSON.stringify({ cursor: last })}\n`);
        warn(`There are more records. Go on with --cursor ${last}.\n`);
        return 0;
      }
      count += 1;
      last = next;
      write(`${json ? JSON.stringify(entry) : describeEntry(entry)}\n`);
    }
    if (count === 0) warn('No record matches.\n');
    return 0;
  } finally {
    await source.close();
  }
}

/** Where the records come from. @throws AccessError as {@link openAuditSource} does */
export async function sourceOf(
  options: AuditPlace &
    Pick<ListOptions, 'relay' | 'only'> &
    Partial<Pick<ListOptions, 'limit'>> & { readonly follows?: boolean },
): Promise<AuditSource> {
  const { relay = null, limit = 1000, follows = false } = options;
  return relay === null ? openAuditSource(options) : askedSource({ relay, only: options.only, limit, follows });
}
