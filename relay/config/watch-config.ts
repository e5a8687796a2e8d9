import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import PQueue from 'p-queue';
import { ConfigError } from './config-problem.ts';
import type { ConfigSource } from './config-source.ts';
import { type LoadedConfig, loadConfig, type LoadOptions } from './load-config.ts';

export interface WatchConfigOptions {
  readonly path: string;
  /** The config in force. Without it, only what changes from now on is seen, and of files only the config itself. */
  readonly current?: LoadedConfig;
  /**
   * A new config that can be used; never called for contents that are already in force, except after a trigger, or when
   * they are back after others that were refused. May throw to refuse it: then `onRefused` gets the error, and it is
   * asked again at each look.
   */
  readonly onLoaded: (loaded: LoadedConfig) => void;
  /** A config that can’t be used: the old one stays in force. Called once for each state of the files. */
  readonly onRefused: (error: Error, source: ConfigSource | undefined) => void;
  readonly signal?: AbortSignal;
  /** Registers a reload on demand, as on SIGHUP, and returns what unregisters it. */
  readonly trigger?: (reload: () => void) => () => void;
  /** How long the files must rest before they are read, milliseconds. Default 200. */
  readonly quietMs?: number;
  /** Look-out for file systems that report no changes, milliseconds between looks. Default 30,000. */
  readonly pollMs?: number;
  readonly load?: LoadOptions;
}

export interface ConfigWatch {
  /** Reads the files now; resolves when the outcome has been reported. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Reloads the config when its file, or a certificate or secret that it names, changes: by a write, an atomic rename or
 * a symlink swap as Kubernetes does it. A broken or half-written file leaves the old config in force.
 */
export function watchConfig(options: WatchConfigOptions): ConfigWatch {
  const { onLoaded, onRefused, signal, quietMs = 200, pollMs = 30_000 } = options;
  const path = resolve(options.path);
  const watchers = new Map<string, FSWatcher>();
  let files: readonly string[] = [path, ...(options.current?.files ?? [])];
  let digest = options.current?.digest;
  let refused: string | undefined;
  let seen: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** One look after the other, so that outcomes are reported in the order of the changes. */
  const looks = new PQueue({ concurrency: 1 });

  const queue = (task: () => Promise<void>): Promise<void> =>
    looks.add(async () => {
      if (!closed) await task();
    });

  const lookSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void queue(look), quietMs);
  };

  /**
   * Loads what has changed since the last look; files that change while they are read are left to settle. A refused
   * config is tried again at each look: what it lacked may be a file that isn’t watched yet.
   */
  const look = async (): Promise<void> => {
    const looked = files;
    const before = await signatureOf(looked);
    if (before === seen && refused === undefined) return;
    const outcome = await attempt();
    if (closed) return;
    if ((await signatureOf(looked)) !== before) {
      lookSoon();
      return;
    }
    report(outcome, false);
    await watchFolders();
    if (files.join('\n') === looked.join('\n')) seen = before;
    else lookSoon();
  };

  const attempt = async (): Promise<LoadedConfig | Error> => {
    try {
      return await loadConfig(path, options.load);
    } catch (error) {
      return error instanceof Error ? error : new ConfigError([], error);
    }
  };

  const report = (outcome: LoadedConfig | Error, onDemand: boolean): void => {
    if (outcome instanceof Error) {
      refuse(outcome, outcome instanceof ConfigError ? outcome.source : undefined, onDemand);
      return;
    }
    files = [path, ...outcome.files];
    // Whoever told of a refused config has to tell that the file is in force again.
    if (outcome.digest !== digest || onDemand || refused !== undefined) {
      try {
        onLoaded(outcome);
      } catch (error) {
        refuse(error instanceof Error ? error : new ConfigError([], error), outcome.source, onDemand);
        return;
      }
    }
    digest = outcome.digest;
    refused = undefined;
  };

  const refuse = (reason: Error, source: ConfigSource | undefined, onDemand: boolean): void => {
    if (reason.message === refused && !onDemand) return;
    refused = reason.message;
    onRefused(reason, source);
  };

  /** Watches folders, not files: a rename puts another file in a watched one's place. */
  const watchFolders = async (): Promise<void> => {
    const folders = new Set(files.map((file) => dirname(file)));
    for (const file of files) {
      const real = await realpath(file).catch(() => file);
      folders.add(dirname(real));
    }
    if (closed) return;
    for (const [folder, watcher] of watchers) if (!folders.has(folder)) dropWatcher(folder, watcher);
    for (const folder of folders) if (!watchers.has(folder)) addWatcher(folder);
  };

  const addWatcher = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, lookSoon);
      watcher.on('error', () => dropWatcher(folder, watcher));
      watchers.set(folder, watcher);
    } catch {
      // The folder is gone or the system has no watches left: the look-out below still sees changes.
    }
  };

  const dropWatcher = (folder: string, watcher: FSWatcher): void => {
    watcher.close();
    watchers.delete(folder);
  };

  const reload = (): Promise<void> =>
    queue(async () => {
      const outcome = await attempt();
      if (closed) return;
      report(outcome, true);
      await watchFolders();
    });
  const lookOut = setInterval(() => void queue(look), pollMs).unref();
  const unregister = options.trigger?.(() => void reload());

  const close = (): void => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    clearInterval(lookOut);
    unregister?.();
    for (const [folder, watcher] of watchers) dropWatcher(folder, watcher);
    signal?.removeEventListener('abort', close);
  };
  if (signal?.aborted === true) close();
  else signal?.addEventListener('abort', close, { once: true });

  void queue(async () => {
    await watchFolders();
    if (digest === undefined) seen = await signatureOf(files);
    else await look();
  });
  return { reload, close };
}

/** Identity, size and time of each file, following symlinks: cheap to compare. */
async function signatureOf(files: readonly string[]): Promise<string> {
  const parts = files.map(async (file) => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs, mode } = await stat(file, { bigint: true });
      return [file, dev, ino, size, mtimeNs, ctimeNs, mode].join(' ');
    } catch (error) {
      return `${file} ${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'}`;
    }
  });
  return (await Promise.all(parts)).join('\n');
}
