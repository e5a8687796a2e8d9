import type { FolderHolder } from './folder-lock.ts';
import type { SealingSettings } from './keys/key-store.ts';

/** What the worker is started with. */
export interface AuditWorkerData {
  readonly dataDir: string;
  readonly holder: FolderHolder;
  readonly checkpointEveryMs: number;
  readonly checkpointEveryRecords: number;
  readonly retryEveryMs: number;
  /** Largest size of the database in pages of 4,096 bytes; for tests of a full disk. */
  readonly maxPages: number | undefined;
  /** How many days of records stay; all when undefined. */
  readonly keepDays: number | undefined;
  readonly cutEveryMs: number;
  /** Names of those that must have a record before it may go. */
  readonly sinks: readonly string[];
  /** The key that signs a log in PostgreSQL (PEM), once it isn’t the one that the config had at the start any more. */
  readonly signingKey?: string | undefined;
  /** Keys (PEM) that may have taken over from it, where no answer came. */
  readonly laterKeys?: readonly string[] | undefined;
  /** What is sealed; as the relay that ran last had it when undefined. */
  readonly sealing: SealingSettings | undefined;
}

/** From the relay's main thread: records of one event-loop turn as JSON lines, or the wish to end. */
export type ToAuditWorker =
  | { readonly type: 'write'; readonly batch: number; readonly lines: string }
  | { readonly type: 'close' };

/** From the relay's main thread to the thread that signs: another key is to sign from here on. */
export interface KeyToReplace {
  readonly type: 'replace-key';
  /** Why, for the record of it, in words that name nobody. */
  readonly why: string;
  /** The record of who asked for it, a JSON line that is sealed and written in front. */
  readonly act: string | undefined;
  /** The new private key, PEM; made when undefined. */
  readonly key: string | undefined;
}

/** From the worker. Answers to batches come in the order in which the batches were sent. */
export type FromAuditWorker =
  | { readonly type: 'opened'; readonly seq: number; readonly warning: string | null }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'written'; readonly upToBatch: number }
  | { readonly type: 'failed'; readonly upToBatch: number; readonly reason: string }
  | { readonly type: 'recovered'; readonly lostRecords: number }
  | { readonly type: 'cut'; readonly upTo: number }
  | { readonly type: 'warning'; readonly reason: string }
  | { readonly type: 'key-replaced'; readonly verifierKey: string }
  | { readonly type: 'key-kept'; readonly reason: string }
  | { readonly type: 'closed' };
