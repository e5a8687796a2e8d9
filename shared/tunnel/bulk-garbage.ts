type Collect = (options: { type: 'minor'; execution: 'sync' }) => void;

/** What of `node:v8` and `node:vm` it takes to steer the garbage collector of a running process. */
export interface CollectorAccess {
  setFlagsFromString(flags: string): void;
  getHeapStatistics(): { readonly used_heap_size: number };
  runInNewContext(code: string): unknown;
}

const everyBytes = 8_388_608;
/** Above this, marking in one go would hold up everybody for too long. */
const maxHeapBytes = 157_286_400;
const quietMs = 1000;

/**
 * Keeps a bulk transfer from growing the process and from marking its whole heap again and again. The buffers of what
 * passes are garbage at once, but lie outside V8's heap: V8 lets more than 100 MB gather, or begins to mark. A
 * collection of the young generation every 8 MB (a millisecond) frees them earlier. It would have to complete a marking
 * under way, so that for as long as bytes flow in bulk, V8 marks in one go or not at all.
 */
export class BulkGarbage {
  readonly #access: CollectorAccess;
  readonly #later: (callback: () => void, ms: number) => void;
  #collect: Collect | null = null;
  #bytes = 0;
  #bulk = false;
  #flowed = false;

  /** @param later calls back once, after a while, and keeps no process alive */
  constructor(access: CollectorAccess, later: (callback: () => void, ms: number) => void) {
    this.#access = access;
    this.#later = later;
  }

  /** So many bytes have passed, and their buffers are let go. */
  passed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < everyBytes) return;
    this.#bytes = 0;
    this.#flowed = true;
    if (!this.#bulk) {
      if (this.#access.getHeapStatistics().used_heap_size > maxHeapBytes) return;
      this.#bulk = true;
      this.#access.setFlagsFromString('--no-incremental-marking');
      this.#later(this.#look, quietMs);
    }
    this.#collect ??= this.#findCollect();
    this.#collect({ type: 'minor', execution: 'sync' });
  }

  readonly #look = (): void => {
    const large = this.#access.getHeapStatistics().used_heap_size > maxHeapBytes;
    if (this.#flowed && !large) {
      this.#flowed = false;
      this.#later(this.#look, quietMs);
      return;
    }
    this.#bulk = false;
    this.#access.setFlagsFromString('--incremental-marking');
  };

  #findCollect(): Collect {
    this.#access.setFlagsFromString('--expose-gc');
    const collect = this.#access.runInNewContext('gc') as Collect;
    this.#access.setFlagsFromString('--no-expose-gc');
    return collect;
  }
}
