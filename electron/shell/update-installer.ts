import { constants, statfsSync } from 'node:fs';
import { copyFile, link, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { app } from 'electron';
import type { AppUpdater } from 'electron-updater';
import { AppImageUpdater } from 'electron-updater/out/AppImageUpdater.js';
import { MacUpdater } from 'electron-updater/out/MacUpdater.js';
import { NsisUpdater } from 'electron-updater/out/NsisUpdater.js';
import { Provider, type ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import { isSignedFile } from '../../client/updates/download-update.ts';
import type { FeedFile } from '../../client/updates/feed-metadata.ts';
import { UpdateFailure } from '../../client/updates/update-failure.ts';
import type { InstallWay } from '../install-way.ts';
import { log } from '../log.ts';
import type { PreparedUpdate, UpdateInstaller } from '../update-parts.ts';

export interface UpdateInstallerOptions {
  readonly by: Extract<InstallWay, { updates: 'itself' }>['by'];
  /** For electron-updater alone; emptied before each update. */
  readonly folder: string;
  /** Whose signature Windows demands on an installer. */
  readonly publishers: readonly string[];
  /** Ends connections and listeners, so that the next version finds the ports free. */
  readonly closeApp: () => Promise<void>;
}

/** Has no host, and is never asked: electron-updater wants an address for the name of a file. */
const nowhere = 'https://verified.invalid/';

/**
 * Installs with electron-updater, which gets no network: its provider and its HTTP executor know one file, whose signed hash
 * was checked before and is checked again on the copy. It checks the platform’s signature (Authenticode on Windows;
 * Squirrel.Mac does on macOS), runs the installer and restarts.
 */
export function createUpdateInstaller(options: UpdateInstallerOptions): UpdateInstaller {
  let ready: {
    readonly updater: ReturnType<typeof newUpdater>;
    readonly place: string;
    readonly file: FeedFile;
  } | null = null;
  let restarting: 'no' | 'begun' | 'failed' = 'no';
  let problem: unknown = null;

  async function prepare(offer: PreparedUpdate): Promise<void> {
    ready = null;
    await rm(options.folder, { recursive: true, force: true });
    const updater = newUpdater(options, offer);
    updater.on('error', (error: unknown) => {
      problem = error;
      if (restarting === 'begun') comeBack();
    });
    try {
      const found = await updater.checkForUpdates();
      if (found?.isUpdateAvailable !== true) throw new Error('electron-updater doesn’t take the version.');
      const [place] = await updater.downloadUpdate();
      if (place === undefined && !(updater instanceof MacUpdater)) throw new Error('electron-updater has no file.');
      ready = { updater, place: place ?? offer.path, file: offer.file };
    } catch (error) {
      throw installFailure(error);
    }
  }

  async function restart(): Promise<void> {
    if (ready === null) throw new UpdateFailure('install-failed', 'Nothing is ready.');
    const { updater, place, file } = ready;
    demandRoom(options.by, file);
    await demandSigned(place, file);
    await options.closeApp();
    try {
      // Closing takes seconds.
      await demandSigned(place, file);
    } catch (error) {
      problem = error;
      comeBack();
      throw error;
    }
    app.releaseSingleInstanceLock();
    problem = null;
    restarting = 'begun';
    if (updater instanceof MacUpdater) updater.quitAndInstall();
    else updater.quitAndInstall(true, true);
    if (problem !== null) throw installFailure(problem);
  }

  /** What has ended comes back with the version that is there. */
  function comeBack(): void {
    restarting = 'failed';
    log.error({ err: problem }, 'the update couldn’t be installed');
    const image = process.env['APPIMAGE'];
    app.relaunch(image === undefined ? {} : { execPath: image });
    app.quit();
  }

  async function installOnQuit(): Promise<void> {
    if (ready === null || ready.updater instanceof MacUpdater) return;
    const { updater, place, file } = ready;
    demandRoom(options.by, file);
    await demandSigned(place, file);
    updater.install(true, false);
  }

  return { prepare, restart, installOnQuit };
}

/** Where an AppImage is replaced from another disk, its old file goes before the new one is there: then it must fit. */
function demandRoom(by: UpdateInstallerOptions['by'], { size }: FeedFile): void {
  const image = process.env['APPIMAGE'];
  if (by !== 'appimage' || image === undefined) return;
  const { bavail, bsize } = statfsSync(dirname(image));
  if (bavail * bsize < size) throw new UpdateFailure('disk-full', `${size} bytes are needed in ${dirname(image)}.`);
}

function newUpdater({ by, folder, publishers }: UpdateInstallerOptions, offer: PreparedUpdate) {
  const { metadata, file } = offer;
  const adapter = {
    version: app.getVersion(),
    name: 'causeway',
    isPackaged: app.isPackaged,
    appUpdateConfigPath: join(folder, 'app-update.yml'),
    userDataPath: folder,
    baseCachePath: folder,
    whenReady: () => app.whenReady(),
    relaunch: () => app.relaunch(),
    quit: () => app.quit(),
    onQuit: (handler: (exitCode: number) => void) => void app.once('quit', (_event, code) => handler(code)),
  };
  const made =
    by === 'nsis'
      ? new NsisUpdater(null, adapter)
      : by === 'mac'
        ? new MacUpdater(undefined, adapter)
        : new AppImageUpdater(null, adapter);
  made.logger = log;
  made.autoDownload = false;
  made.autoInstallOnAppQuit = false;
  made.allowDowngrade = false;
  made.allowPrerelease = true;
  made.disableDifferentialDownload = true;
  made.disableWebInstaller = true;
  // What it would read of a file beside the program is said here, and it has no way to the network.
  Object.assign(made, {
    configOnDisk: { value: Promise.resolve({ updaterCacheDirName: 'pending', publisherName: [...publishers] }) },
    httpExecutor: { download: (_url: URL, destination: string) => place(offer, destination) },
  });
  const info = {
    version: metadata.version,
    files: [{ url: file.url, sha512: file.sha512, size: file.size }],
    path: file.url,
    sha512: file.sha512,
    releaseDate: new Date(metadata.releaseDate).toISOString(),
  };
  class VerifiedOffer extends Provider<typeof info> {
    // oxlint-disable-next-line no-useless-constructor -- the base’s is protected, and electron-updater calls this one
    constructor(_options: unknown, _updater: AppUpdater, runtime: ProviderRuntimeOptions) {
      super(runtime);
    }
    async getLatestVersion() {
      return info;
    }
    resolveFiles() {
      return [{ url: new URL(file.url, nowhere), info: { ...info.files[0], url: file.url, sha512: file.sha512 } }];
    }
  }
  made.setFeedURL({ provider: 'custom', updateProvider: VerifiedOffer });
  return made;
}

/** Puts the checked file where electron-updater wants it, and looks at what stands there then. */
async function place({ path, file }: PreparedUpdate, destination: string): Promise<void> {
  try {
    await link(path, destination);
  } catch {
    // Another file system, or one without links.
    await copyFile(path, destination, constants.COPYFILE_EXCL);
  }
  await demandSigned(destination, file);
}

/** What runs is what was signed, at the very path that electron-updater starts. */
async function demandSigned(path: string, file: FeedFile): Promise<void> {
  if (!(await isSignedFile(path, file))) throw new UpdateFailure('wrong-hash', `${path} was changed.`);
}

function installFailure(error: unknown): UpdateFailure {
  if (error instanceof UpdateFailure) return error;
  const { code, message } = error as { readonly code?: string; readonly message: string };
  const isUnsigned = code === 'ERR_UPDATER_INVALID_SIGNATURE';
  return new UpdateFailure(isUnsigned ? 'platform-signature' : 'install-failed', message, { cause: error });
}
