/** A record on its way to a sink. */
export interface ShippedRecord {
  readonly seq: number;
  /** JSON in one line of ASCII, as the audit keeps it. */
  readonly payload: string;
  /** What was too large for the receiver was cut off. */
  readonly isShortened?: true;
}

/** Consecutive records of one log; the same ones, under the same id, however often they are sent. */
export interface ShippedBatch {
  readonly id: string;
  /** Names the audit, because each data folder numbers its records from 1. */
  readonly log: string;
  /** None for a place that reads them itself, as they are stored. */
  readonly records: readonly ShippedRecord[];
  /** They are behind this number, */
  readonly after: number;
  /** and none behind this one. */
  readonly upTo: number;
}

/** What became of a batch. Only `delivered` moves the cursor. */
export type Delivery =
  | { readonly status: 'delivered' }
  | { readonly status: 'failed'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly status: 'too-large'; readonly reason: string }
  /** The place has other records than the cursor says, up to this one: from there it goes on. */
  | { readonly status: 'moved'; readonly seq: number }
  /** The receiver wants no more, until the config changes or the relay starts anew. */
  | { readonly status: 'ended'; readonly reason: string };

/** A place that takes batches, one at a time. */
export interface SinkTarget {
  /** Never rejects for what the receiver or the network does. Once `signal` is aborted the answer doesn't matter. */
  send(batch: ShippedBatch, signal: AbortSignal): Promise<Delivery>;
  /** All that there is has been delivered; may come again and again. Never rejects. */
  didCatchUp?(): Promise<void>;
  close(): Promise<void>;
}

/** A record with what tells it from all others, as files and webhooks hold it. */
export function shippedJson(log: string, { seq, payload, isShortened }: ShippedRecord): string {
  return `{"log":"${log}","seq":${seq},${isShortened === true ? '"shortened":true,' : ''}"record":${payload}}`;
}

/** The words of a failure: its code, where the system gave one, and its message. */
export function failureWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.message === 'fetch failed' ? error.cause : error;
  // Of several addresses that failed, only the single errors say why (`net.connect` with happy eyeballs).
  const inner = cause instanceof AggregateError ? cause.errors.map(failureWords).join('; ') : '';
  return inner === '' ? cause.message : inner;
}
