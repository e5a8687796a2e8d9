import type { HttpClient } from '../client/network/http-client.ts';
import type { FeedFile, FeedMetadata, FeedPlatform } from '../client/updates/feed-metadata.ts';
import type { FeedKey } from '../client/updates/minisign.ts';
import type { AppUpdate, UpdatesOffReason } from '../shared/app-update.ts';
import type { Snapshot } from '../shared/snapshot.ts';

/** Puts a downloaded file in place of this version; electron-updater’s part. */
export interface UpdateInstaller {
  /** Checks the platform’s signature of the file, and makes it ready. @throws UpdateFailure `platform-signature` */
  prepare(offer: PreparedUpdate): Promise<void>;
  /** Ends the app, installs, and starts the new version. @throws UpdateFailure `install-failed` */
  restart(): Promise<void>;
  /** Installs while the app ends; nothing where the system can’t. @throws UpdateFailure `wrong-hash`, `disk-full` */
  installOnQuit(): Promise<void>;
}

/** A file whose hash and size are those that were signed. */
export interface PreparedUpdate {
  readonly path: string;
  readonly file: FeedFile;
  readonly metadata: FeedMetadata;
}

/** What IT and the build decide; it may change while the app runs. */
export interface WantedUpdates {
  readonly channel: string;
  /** Why there is nothing to do here, or where and how to look. */
  readonly source:
    | { readonly status: 'off'; readonly reason: UpdatesOffReason }
    | {
        readonly status: 'on';
        readonly feed: URL;
        readonly keys: readonly FeedKey[];
        readonly mode: 'automatic' | 'ask';
      };
}

export interface UpdatesOptions {
  readonly installed: string;
  readonly platform: FeedPlatform;
  readonly arch: string;
  readonly systemVersion: string;
  readonly wanted: WantedUpdates;
  /** Below the user-data folder. */
  readonly folder: string;
  readonly http: HttpClient;
  readonly installer: UpdateInstaller;
  readonly now: () => number;
  readonly random: () => number;
  /** Nobody looks at the window. */
  readonly isUnwatched: () => boolean;
  readonly onChange: (update: AppUpdate) => void;
  readonly onProblem: (error: unknown, words: string) => void;
  readonly stallMs?: number;
}

/** Updates of the app, from looking to installing. */
export interface Updates {
  readonly current: () => AppUpdate;
  /** Looks now, and downloads where that is decided. Never rejects: what went wrong is in the state. */
  check(): Promise<void>;
  /** Downloads what was offered, when the person is asked. */
  download(): Promise<void>;
  /** Installs what is ready and starts again. */
  restart(): Promise<void>;
  /** Not now: asks again tomorrow. */
  later(): void;
  /** IT has decided otherwise: what came from elsewhere is given up. */
  follow(wanted: WantedUpdates): void;
  /** What the relays and connections say. */
  observe(snapshot: Snapshot): void;
  /** Called when everything else has ended: installs what is ready. */
  quit(): Promise<void>;
  close(): Promise<void>;
}
