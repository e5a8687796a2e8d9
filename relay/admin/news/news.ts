import { randomBytes } from 'node:crypto';
import type { AuditRecord } from '../../audit/audit-record.ts';
import { allTopics, type Topic, topicOf } from './topics.ts';

/** However much is recorded, so often at most anybody is told of it. */
const gatherMs = 500;
/** Of one gathering; of more only their number is told. */
const maxRecords = 50;

/** Where records come from as they are recorded. */
export interface NewsSource {
  /**
   * Calls back with each record until the returned function is called.
   * @param onSkipped so many more were recorded than are told one by one
   */
  onRecorded(listener: (record: AuditRecord) => void, onSkipped: (count: number) => void): () => void;
}

/** What was recorded since the last time. */
export interface Batch {
  readonly id: string;
  readonly topics: ReadonlySet<Topic>;
  readonly records: readonly AuditRecord[];
  /** How many more there were. */
  readonly skipped: number;
}

/** Gathers what is recorded and tells all who listen. */
export interface News {
  /** Id of the last batch; another one after a restart. */
  readonly lastId: string;
  /** Calls back with each batch until the returned function is called. */
  listen(listener: (batch: Batch) => void): () => void;
  close(): void;
}

/** Listens to the records only while somebody listens here. */
export function gatherNews(source: NewsSource): News {
  const epoch = randomBytes(6).toString('base64url');
  const listeners = new Set<(batch: Batch) => void>();
  let number = 0;
  let stop: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let topics = new Set<Topic>();
  let records: AuditRecord[] = [];
  let skipped = 0;

  const flush = (): void => {
    timer = undefined;
    number += 1;
    const batch: Batch = { id: `${epoch}-${number}`, topics, records, skipped };
    topics = new Set();
    records = [];
    skipped = 0;
    for (const listener of listeners) listener(batch);
  };
  const take = (record: AuditRecord): void => {
    topics.add(topicOf(record));
    if (records.length < maxRecords) records.push(record);
    else skipped += 1;
    timer ??= setTimeout(flush, gatherMs).unref();
  };
  const skip = (count: number): void => {
    for (const topic of allTopics) topics.add(topic);
    skipped += count;
    timer ??= setTimeout(flush, gatherMs).unref();
  };
  const pause = (): void => {
    stop?.();
    stop = undefined;
    // What nobody has heard of makes the next one look anew.
    number += 1;
    clearTimeout(timer);
    timer = undefined;
    topics = new Set();
    records = [];
    skipped = 0;
  };

  return {
    get lastId() {
      return `${epoch}-${number}`;
    },
    listen(listener) {
      listeners.add(listener);
      stop ??= source.onRecorded(take, skip);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) pause();
      };
    },
    close() {
      listeners.clear();
      pause();
    },
  };
}

/** What is recorded here and what others have recorded, as one. */
export function withOthers(own: NewsSource, others: NewsSource): NewsSource {
  return {
    onRecorded(listener, onSkipped) {
      const stops = [own.onRecorded(listener, onSkipped), others.onRecorded(listener, onSkipped)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
