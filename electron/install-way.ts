import { posix, win32 } from 'node:path';
import type { UpdatesOffReason } from '../shared/app-update.ts';

/** Who brings updates, as far as the way of installing says. */
export type InstallWay =
  | { readonly updates: 'itself'; readonly by: 'nsis' | 'mac' | 'appimage' }
  | { readonly updates: 'others'; readonly reason: UpdatesOffReason };

export interface InstallFacts {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly executable: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** Whether this person may put a file into a folder. */
  readonly mayWriteIn: (folder: string) => boolean;
}

/** Places in which only root writes; what is there, a package brought. */
const packagePlaces = ['/usr/', '/opt/', '/nix/', '/snap/', '/app/'];

/** How this app was installed. Pure but for what it is given. */
export function installWay(facts: InstallFacts): InstallWay {
  const { platform, isPackaged, environment } = facts;
  if (!isPackaged) return others('development');
  if (platform === 'win32') return windowsWay(facts);
  if (platform === 'darwin') return macWay(facts);
  if (environment['FLATPAK_ID'] || environment['SNAP']) return others('store');
  const image = environment['APPIMAGE'];
  if (image && posix.isAbsolute(image) && environment['APPDIR']) {
    const isReplaceable = facts.mayWriteIn(posix.dirname(image));
    return isReplaceable ? { updates: 'itself', by: 'appimage' } : others('unknown-install');
  }
  return linuxPackageWay(facts);
}

function linuxPackageWay({ executable, exists }: InstallFacts): InstallWay {
  if (exists('/var/lib/dpkg/info/causeway-desktop.list')) return others('apt');
  if (!packagePlaces.some((place) => executable.startsWith(place))) return others('unknown-install');
  return exists('/usr/bin/rpm') || exists('/usr/lib/sysimage/rpm') ? others('rpm') : others('store');
}

/** NSIS leaves its way out beside the program; MSI doesn’t. */
function windowsWay({ executable, exists }: InstallFacts): InstallWay {
  return exists(win32.join(win32.dirname(executable), 'Uninstall Causeway.exe'))
    ? { updates: 'itself', by: 'nsis' }
    : others('msi');
}

/** Opened from the disk image, or from where macOS moves what was only downloaded, nothing can be replaced. */
function macWay({ executable }: InstallFacts): InstallWay {
  const isElsewhere = executable.startsWith('/Volumes/') || executable.includes('/AppTranslocation/');
  return isElsewhere ? others('unknown-install') : { updates: 'itself', by: 'mac' };
}

function others(reason: UpdatesOffReason): InstallWay {
  return { updates: 'others', reason };
}
