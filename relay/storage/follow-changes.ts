import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { repeatedWork } from './repeated-work.ts';

/** Follows what other relays, other processes of this one and its command line change in the storage. */
export interface Changes {
  /**
   * Has `load` called at once and again whenever something of the topic has changed. While it fails it is called again
   * with each look. @param load gets the version that is there now and the one that it was called for before, or -1
   */
  follow(topic: string, load: (version: number, loaded: number) => Promise<void>): void;
  /** Looks now; resolves when all that was there before is loaded. @throws AccessError when it can’t be reached */
  look(): Promise<void>;
  /** How long ago all that is followed was known here, milliseconds; Infinity before the first time. */
  behindMs(): number;
  close(): void;
}

interface Followed {
  readonly topic: string;
  readonly load: (version: number, loaded: number) => Promise<void>;
  loaded: number;
}

/** Looks every `pollMs` (default 500), which is in time also where nothing else brings news. */
export function followChanges(options: {
  readonly readVersions: () => Promise<ReadonlyMap<string, number>>;
  readonly log: Logger;
  readonly pollMs?: number;
}): Changes {
  const { readVersions, log, pollMs = 500 } = options;
  const all: Followed[] = [];
  let knownAtMs = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let isClosed = false;

  const looking = repeatedWork(async () => {
    const startedAtMs = performance.now();
    const versions = await readVersions();
    const failures: unknown[] = [];
    for (const followed of all) {
      const version = versions.get(followed.topic) ?? 0;
      if (version === followed.loaded || isClosed) continue;
      try {
        await followed.load(version, followed.loaded);
        followed.loaded = version;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    knownAtMs = startedAtMs;
  });

  const lookInBackground = (): void => {
    looking.request().then(
      () => {
        if (isFailing && !isClosed) log.info('the storage can be read again');
        isFailing = false;
      },
      (error: unknown) => {
        // The connection says by itself that the storage is away, once.
        const isAway = error instanceof AccessError && error.code === 'shared-state-unavailable';
        if (!isAway && !isFailing && !isClosed)
          log.error({ err: error }, 'the storage can’t be read; what is known of it stays');
        isFailing ||= !isAway;
      },
    );
  };
  const timer = setInterval(lookInBackground, pollMs).unref();

  return {
    follow(topic, load) {
      all.push({ topic, load, loaded: -1 });
      lookInBackground();
    },
    look: looking.request,
    behindMs: () => (all.some(({ loaded }) => loaded === -1) ? Infinity : performance.now() - knownAtMs),
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
