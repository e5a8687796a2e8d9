import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { gt } from 'semver';
import { checkForUpdate } from '../client/updates/check-for-update.ts';
import { downloadUpdate, isSignedFile } from '../client/updates/download-update.ts';
import type { FeedFile, FeedMetadata } from '../client/updates/feed-metadata.ts';
import { UpdateFailure } from '../client/updates/update-failure.ts';
import {
  freshUpdateRecord,
  readUpdateRecord,
  type UpdateRecord,
  writeUpdateRecord,
} from '../client/updates/update-record.ts';
import type { AppUpdate, OfferedUpdate, UpdateFailureReason, UpdateState } from '../shared/app-update.ts';
import { updateNeeds } from './update-needs.ts';
import type { PreparedUpdate, Updates, UpdatesOptions, WantedUpdates } from './update-parts.ts';

const hourMs = 3_600_000;
const firstCheckMs = 30_000;
const checkEveryMs = 6 * hourMs;
const laterMs = 24 * hourMs;
/** How long nothing may be in use before the app restarts by itself. */
const quietMs = 10 * 60_000;
const lookEveryMs = 60_000;

/** Why the feed may have nothing to say for a while. */
const passingReasons: readonly UpdateFailureReason[] = ['feed-unreachable', 'feed-stalled', 'feed-answer'];

/** Begins to look for updates now and then; `close` ends that. */
export async function openUpdates(options: UpdatesOptions): Promise<Updates> {
  const { now, folder, installer } = options;
  let { source, channel } = options.wanted;
  let record: UpdateRecord = (await readUpdateRecord(folder)) ?? freshUpdateRecord();
  let state = atFirst();
  const tried = record.attempt;
  if (source.status === 'on' && tried !== null && gt(tried.version, options.installed)) {
    const detail = `${tried.version} was to be installed, and ${options.installed} has started.`;
    state = { status: 'failed', reason: 'install-failed', detail, offer: null };
  }
  let checkedAtMs = record.last?.checkedAtMs ?? null;
  let heardAtMs = record.last?.heardAtMs ?? null;
  let isRequired = false;
  let inUse = false;
  let quietSinceMs = now();
  let prepared: PreparedUpdate | null = null;
  let found: { readonly file: FeedFile; readonly metadata: FeedMetadata } | null = null;
  let underWay: Promise<void> | null = null;
  let writing: Promise<void> = Promise.resolve();
  let working = new AbortController();
  const ending = new AbortController();

  const current = (): AppUpdate => ({
    installed: options.installed,
    channel,
    checkedAtMs,
    heardAtMs,
    isRequired,
    state,
  });

  function put(next: UpdateState, isWorthKeeping = true): void {
    state = next;
    options.onChange(current());
    if (!isWorthKeeping) return;
    keep({ last: current() });
  }

  function keep(change: Partial<UpdateRecord>): void {
    record = { ...record, ...change };
    const kept = record;
    writing = writing
      .then(() => writeUpdateRecord(folder, kept))
      .catch((error: unknown) => options.onProblem(error, 'what is known of updates can’t be kept'));
  }

  /** One piece of work at a time; what comes meanwhile waits for it and begins no other. */
  function once(work: () => Promise<void>, offer: () => OfferedUpdate | null): Promise<void> {
    if (underWay !== null) return underWay;
    working = new AbortController();
    underWay = work()
      .catch((error: unknown) => {
        const isGivenUp = ending.signal.aborted || working.signal.aborted;
        if (isGivenUp && state.status !== 'installing') return;
        options.onProblem(error, 'an update wasn’t taken');
        const { reason, message } =
          error instanceof UpdateFailure ? error : new UpdateFailure('not-written', (error as Error).message);
        // What was checked before stays good while the feed is away.
        if (prepared !== null && state.status === 'ready' && passingReasons.includes(reason)) return;
        prepared = null;
        put({ status: 'failed', reason, detail: message, offer: offer() });
      })
      .finally(() => {
        underWay = null;
      });
    return underWay;
  }

  function whileWanted(): AbortSignal {
    return AbortSignal.any([ending.signal, working.signal]);
  }

  async function look(): Promise<void> {
    if (source.status === 'off') return;
    if (prepared === null) put({ status: 'checking' }, false);
    const asked = channel;
    const newest = record.newestSignedAtMs[asked] ?? null;
    checkedAtMs = now();
    const { metadata, verdict } = await checkForUpdate(
      { http: options.http, feed: source.feed, keys: source.keys, signal: whileWanted() },
      {
        installed: options.installed,
        channel: asked,
        platform: options.platform,
        arch: options.arch,
        systemVersion: options.systemVersion,
        nowMs: now(),
        newestSignedAtMs: newest,
        installId: record.installId,
        isRequired,
      },
    );
    whileWanted().throwIfAborted();
    // A date in the future, by a wrong clock at either end, must not outlaw all that comes; a clock that goes back lets
    // nothing in again. Kept at once: the app may be quit during the download.
    const mark = Math.max(newest ?? 0, Math.min(metadata.signedAt, now()));
    keep({ newestSignedAtMs: { ...record.newestSignedAtMs, [asked]: mark } });
    heardAtMs = now();
    if (verdict.verdict === 'pass-over') {
      prepared = null;
      found = null;
      put({ status: 'current', passedOver: { version: metadata.version, reason: verdict.reason } });
      return;
    }
    const isThere = prepared?.file.sha512 === verdict.file.sha512 && prepared.metadata.version === metadata.version;
    if (prepared !== null && isThere) {
      prepared = { ...prepared, metadata };
      if (state.status === 'ready') put({ ...state, offer: offerOf(prepared) });
      return;
    }
    prepared = null;
    found = { file: verdict.file, metadata };
    if (source.mode === 'ask') put({ status: 'offered', offer: offerOf(found) });
    else await fetchFound();
  }

  async function fetchFound(): Promise<void> {
    if (found === null || source.status === 'off') return;
    const { file, metadata } = found;
    const offer = offerOf(found);
    let shownPart = -1;
    put({ status: 'downloading', offer, receivedBytes: 0 }, false);
    const path = await downloadUpdate({
      http: options.http,
      feed: source.feed,
      file,
      folder: join(folder, 'files'),
      signal: whileWanted(),
      ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
      onProgress: (receivedBytes) => {
        const part = Math.floor((receivedBytes / file.size) * 100);
        if (part === shownPart) return;
        shownPart = part;
        put({ status: 'downloading', offer, receivedBytes }, false);
      },
    });
    const ready = { path, file, metadata };
    await installer.prepare(ready);
    whileWanted().throwIfAborted();
    prepared = ready;
    quietSinceMs = now();
    put({
      status: 'ready',
      offer,
      laterUntilMs: null,
      byItself: source.mode === 'automatic',
      onQuit: options.platform !== 'mac',
    });
  }

  /** What was good when it came is looked at again before it runs. */
  async function install(): Promise<void> {
    if (prepared === null) return;
    const { path, file, metadata } = prepared;
    const offer = offerOf(prepared);
    if (metadata.expires <= now()) throw new UpdateFailure('expired', 'The metadata has expired since.');
    if (!(await isSignedFile(path, file))) throw new UpdateFailure('wrong-hash', `${path} was changed since.`);
    whileWanted().throwIfAborted();
    record = { ...record, attempt: { version: metadata.version, atMs: now() } };
    put({ status: 'installing', offer });
    await writing;
    await installer.restart();
  }

  /** A version that was tried in vain waits for the person, or for tomorrow. */
  function mayInstallByItself(): boolean {
    if (prepared === null || source.status === 'off' || source.mode !== 'automatic') return false;
    const { attempt } = record;
    return attempt?.version !== prepared.metadata.version || now() - attempt.atMs >= laterMs;
  }

  function mayRestartByItself(): boolean {
    if (state.status !== 'ready' || !mayInstallByItself()) return false;
    if (state.laterUntilMs !== null && state.laterUntilMs > now()) return false;
    return !inUse && options.isUnwatched() && now() - quietSinceMs >= quietMs;
  }

  function atFirst(): UpdateState {
    return source.status === 'off' ? { status: 'off', reason: source.reason } : { status: 'current', passedOver: null };
  }

  function follow(wanted: WantedUpdates): void {
    if (isDeepStrictEqual(wanted, { source, channel })) return;
    ({ source, channel } = wanted);
    working.abort();
    prepared = null;
    const beginAnew = (): void => {
      found = null;
      put(atFirst());
    };
    if (underWay === null) beginAnew();
    else void underWay.then(beginAnew);
  }

  /** What the person asked for isn’t lost to a look that is under way. */
  async function afterwards(work: () => Promise<void>): Promise<void> {
    await underWay;
    await once(work, offered);
  }

  const offered = (): OfferedUpdate | null => (found === null ? null : offerOf(found));
  const updates: Updates = {
    current,
    check: () => once(look, offered),
    download: () => afterwards(fetchFound),
    restart: () => afterwards(install),
    later() {
      if (state.status === 'ready') put({ ...state, laterUntilMs: now() + laterMs });
    },
    follow,
    observe(snapshot) {
      const wasRequired = isRequired;
      ({ inUse, isRequired } = updateNeeds(snapshot));
      if (inUse) quietSinceMs = now();
      if (isRequired === wasRequired) return;
      options.onChange(current());
      if (isRequired && prepared === null) void updates.check();
    },
    async quit() {
      if (state.status !== 'ready' || prepared === null || !mayInstallByItself()) return;
      const { path, file, metadata } = prepared;
      if (metadata.expires <= now() || !(await isSignedFile(path, file))) return;
      const { attempt } = record;
      record = { ...record, attempt: { version: metadata.version, atMs: now() } };
      put(state);
      await writing;
      try {
        await installer.installOnQuit();
      } catch (error) {
        options.onProblem(error, 'an update wasn’t installed as the app quit');
        // It was left alone: that isn’t a version that doesn’t start.
        keep({ attempt });
        await writing;
      }
    },
    async close() {
      ending.abort();
      // What restarts the app waits for this end itself.
      if (state.status !== 'installing') await underWay;
      await writing;
    },
  };

  void repeat().catch(() => undefined);
  put(state);
  return updates;

  /** Looks soon after the start and then every few hours, each computer at a time of its own. */
  async function repeat(): Promise<void> {
    const { signal } = ending;
    let nextCheckMs = now() + firstCheckMs * (1 + options.random());
    for (;;) {
      await wait(lookEveryMs, undefined, { signal, ref: false });
      if (now() >= nextCheckMs) {
        nextCheckMs = now() + checkEveryMs * (0.75 + options.random() / 2);
        await updates.check();
      }
      if (mayRestartByItself()) await updates.restart();
    }
  }
}

function offerOf({ metadata, file }: Pick<PreparedUpdate, 'metadata' | 'file'>): OfferedUpdate {
  return { version: metadata.version, notes: metadata.releaseNotes, sizeBytes: file.size };
}
