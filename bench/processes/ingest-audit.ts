// Sends the audit of a folder to a PostgreSQL as a relay does, and prints what that took as one line of JSON.
import { openAuditReader } from '../../relay/sinks/audit-reader.ts';
import { createPostgresTarget } from '../../relay/sinks/postgres-target.ts';
import { startShipping } from '../../relay/sinks/ship-records.ts';
import { sinkOfStorage } from '../../relay/sinks/sink-of-storage.ts';
import type { SinkCursor } from '../../relay/sinks/sink-cursors.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';

const { dataDir, storage, relay } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  storage: PostgresSettings;
  relay: string;
};
const settings = sinkOfStorage(relay, storage);
if (settings.place.kind !== 'postgres') throw new Error('The storage is a PostgreSQL');
const reader = openAuditReader(dataDir);
const { last } = reader.range();
const target = createPostgresTarget(settings.place, reader, settings.timeoutMs);
const done = Promise.withResolvers<void>();
let kept: SinkCursor | undefined;
const beganMs = performance.now();
const shipping = startShipping(settings, {
  reader,
  target,
  // In memory, so that each round begins anew; a relay keeps it in a file.
  cursors: {
    get: () => kept,
    put(_name, cursor) {
      kept = cursor;
      if (cursor.error !== null) done.reject(new Error(cursor.error));
      if (cursor.seq === last) done.resolve();
    },
    close: () => undefined,
  },
  say: () => undefined,
  didShorten: () => undefined,
  now: Date.now,
  retryDelay: () => 1000,
});
await done.promise;
const seconds = (performance.now() - beganMs) / 1000;
await shipping.stop();
await target.close();
reader.close();
console.log(JSON.stringify({ recordsPerSecond: last / seconds, rssMb: process.resourceUsage().maxRSS / 1024 }));
