import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BulkGarbage } from '../../shared/tunnel/bulk-garbage.ts';

/** Told of each part of a body that has passed the relay. */
export const bodyGarbage = new BulkGarbage({ setFlagsFromString, getHeapStatistics, runInNewContext }, (callback, ms) =>
  setTimeout(callback, ms).unref(),
);
