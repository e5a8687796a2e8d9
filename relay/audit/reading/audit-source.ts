import type { AuditEntry, AuditFilters } from './audit-query.ts';
import type { AuditLines } from './audit-reader.ts';
import type { ConfiguredNames } from './known-names.ts';

/** A record, with its relay where the source has the records of several. */
export interface SourcedEntry extends AuditEntry {
  readonly relay?: string;
}
export interface SourcedLines extends AuditLines {
  readonly relay?: string;
}

/** A place in the records of a source: a record's number, or one for each relay. */
export type Cursor = number | string;

/** Records to be read, of one data folder or of all relays, as far as they went when it was opened. */
export interface AuditSource {
  /** @throws AccessError `bad-input` for a name that no record has and no config knows */
  requireKnownNames(filters: AuditFilters, configured?: ConfiguredNames): Promise<void>;
  /** Matching records, the newest first, from behind `cursor` on; each with the cursor of what follows it. */
  newestFirst(filters: AuditFilters, cursor?: Cursor): AsyncIterable<SourcedEntry & { readonly cursor: Cursor }>;
  /** Matching records in their order, from behind `cursor` on, some at a time. */
  inOrder(filters: AuditFilters, cursor?: Cursor): AsyncIterable<readonly SourcedLines[]>;
  /** Cursor of what comes later than all that is there. */
  end(cursor?: Cursor): Cursor;
  /** Matching records as they are written from then on, until aborted. */
  follow(filters: AuditFilters, signal: AbortSignal): AsyncIterable<SourcedEntry>;
  close(): Promise<void>;
}
