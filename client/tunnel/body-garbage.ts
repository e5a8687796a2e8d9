import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BulkGarbage } from '../../shared/tunnel/bulk-garbage.ts';

/** What is told of the bytes that pass between local connections and the tunnel. */
class BodyGarbage {
  #bulk: BulkGarbage | null = null;

  /**
   * Frees the buffers of bulk transfers early from now on, by V8's flags. For processes that do nothing but carry bytes,
   * such as the command line: flags are those of the whole process, and an app has other work.
   */
  freeEarly(): void {
    this.#bulk ??= new BulkGarbage({ setFlagsFromString, getHeapStatistics, runInNewContext }, (callback, ms) =>
      setTimeout(callback, ms).unref(),
    );
  }

  passed(bytes: number): void {
    this.#bulk?.passed(bytes);
  }
}

export const bodyGarbage = new BodyGarbage();
