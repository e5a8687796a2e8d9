import { storageSinkName } from '../config/sink-schema.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import type { SinkSettings } from './sink-settings.ts';

/** Age of the oldest record that waits for the storage, from which on the log warns. */
export const storageLagWarnMs = 300_000;

/** The storage that relays share as a sink: it takes all records, in large batches, and at once. */
export function sinkOfStorage(relay: string, storage: PostgresSettings): SinkSettings {
  return {
    name: storageSinkName,
    place: { kind: 'postgres', relay, storage },
    selection: {},
    startAt: 'beginning',
    batchRecords: 8000,
    batchBytes: 4 * 1_048_576,
    gatherMs: 200,
    timeoutMs: 30_000,
    lagWarnMs: storageLagWarnMs,
  };
}
