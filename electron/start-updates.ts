import { accessSync, constants, existsSync } from 'node:fs';
import { release } from 'node:os';
import type { HttpClient } from '../client/network/http-client.ts';
import { feedAddress } from '../client/updates/fetch-from-feed.ts';
import { readFeedKey } from '../client/updates/minisign.ts';
import { updatesFolder } from '../client/updates/update-record.ts';
import type { AppUpdate } from '../shared/app-update.ts';
import { type InstallWay, installWay } from './install-way.ts';
import { log } from './log.ts';
import type { UpdateBuild } from './update-build.ts';
import type { UpdatePolicy } from './update-policy.ts';
import type { UpdateInstaller, Updates, WantedUpdates } from './update-parts.ts';
import { openUpdates } from './updates.ts';

/** The channel of a build that names none. */
const defaultChannel = 'stable';

/** What the app brings along for updates, and who decides about them. */
export interface UpdateParts {
  readonly appVersion: string;
  readonly isPackaged: boolean;
  readonly userData: string;
  readonly build: UpdateBuild;
  readonly policy: UpdatePolicy;
  readonly http: HttpClient;
  readonly isUnwatched: () => boolean;
  readonly installer: (by: Extract<InstallWay, { updates: 'itself' }>['by']) => UpdateInstaller;
  readonly onChange: (update: AppUpdate) => void;
}

const nothingToInstall: UpdateInstaller = {
  prepare: () => Promise.resolve(),
  restart: () => Promise.resolve(),
  installOnQuit: () => Promise.resolve(),
};

/** Updates that follow IT’s word. */
export interface ManagedUpdates extends Updates {
  followPolicy(policy: UpdatePolicy): void;
}

function mayWriteIn(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds out who updates this app, and begins with it where it is the app itself. */
export async function startUpdates(parts: UpdateParts): Promise<ManagedUpdates> {
  const { platform, arch } = process;
  const way = installWay({
    platform,
    isPackaged: parts.isPackaged,
    executable: process.execPath,
    environment: process.env,
    exists: existsSync,
    mayWriteIn,
  });
  const wantedBy = (policy: UpdatePolicy): WantedUpdates => ({
    channel: policy.channel ?? defaultChannel,
    source: updateSource(way, parts.build, policy),
  });
  const updates = await openUpdates({
    installed: parts.appVersion,
    platform: platform === 'win32' ? 'win' : platform === 'darwin' ? 'mac' : 'linux',
    arch,
    systemVersion: release(),
    wanted: wantedBy(parts.policy),
    folder: updatesFolder(parts.userData),
    http: parts.http,
    installer: way.updates === 'itself' ? parts.installer(way.by) : nothingToInstall,
    now: Date.now,
    random: Math.random,
    isUnwatched: parts.isUnwatched,
    onChange: parts.onChange,
    onProblem: (err, words) => log.warn({ err }, words),
  });
  return { ...updates, followPolicy: (policy) => updates.follow(wantedBy(policy)) };
}

/**
 * Where updates come from, or why none do: another way of installing, IT’s word, or a build that lacks one of the two things
 * that make an update trustworthy.
 */
export function updateSource(way: InstallWay, build: UpdateBuild, policy: UpdatePolicy): WantedUpdates['source'] {
  if (policy.mode === 'off') return { status: 'off', reason: 'policy' };
  if (way.updates === 'others') return { status: 'off', reason: way.reason };
  if (build.keys.length === 0) return { status: 'off', reason: 'no-key' };
  if (way.by === 'nsis' && build.publishers.length === 0) return { status: 'off', reason: 'no-publisher' };
  const feed = policy.feed ?? build.feed;
  if (feed === null) return { status: 'off', reason: 'no-feed' };
  try {
    return { status: 'on', feed: feedAddress(feed), keys: build.keys.map(readFeedKey), mode: policy.mode };
  } catch (err) {
    log.error({ err }, 'the feed of updates can’t be used');
    return { status: 'off', reason: 'no-feed' };
  }
}
