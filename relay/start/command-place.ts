import { statSync } from 'node:fs';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { folderOf, type PlaceFlags } from '../commands/place-flags.ts';
import { type AtRelay, findRelay, UnknownToRelay } from '../commands/running-relay.ts';
import type { Config } from '../config/config-schema.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import type { KeptState } from '../explain/explain-request.ts';
import { type ElsewhereKept, lastConfig } from '../revisions/config-at.ts';
import { type RedisSettings, redisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { sharedPlaceOf } from './shared-place.ts';

/** What a relay keeps: its data folder and, when relays share it, their Redis or storage. */
export interface KeptPlace {
  readonly config: Config;
  readonly dataDir: string;
  readonly redis: RedisSettings | undefined;
  readonly storage: PostgresSettings | undefined;
}

/**
 * The relay that runs, to be asked; what it keeps, when none does.
 * @throws AccessError `bad-input` when this user may use neither
 */
export async function relayOrPlace(flags: PlaceFlags): Promise<AtRelay | KeptPlace> {
  const relay = await findRelay(await folderOf(flags));
  return relay === null ? placeOf(flags) : { relay };
}

/**
 * {@link relayOrPlace}, for what relays haven’t always been asked: one of another version that doesn’t know it leaves it to
 * who may open its files anyway, root and its own user.
 */
export async function askOrOpen<Result>(
  flags: PlaceFlags,
  run: (place: AtRelay | KeptPlace) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(await relayOrPlace(flags));
  } catch (error) {
    if (!(error instanceof UnknownToRelay) || !mayOpen(await folderOf(flags))) throw error;
    const place = await placeOf(flags).catch(() => {
      throw error;
    });
    return run(place);
  }
}

function mayOpen(dataDir: string): boolean {
  const uid = process.getuid?.();
  return uid === 0 || uid === statSync(dataDir).uid;
}

/** What a relay keeps, by its config; by the config that it had last when a data folder is named. */
export async function placeOf({ config: file, data }: PlaceFlags): Promise<KeptPlace> {
  const { config } = data === undefined ? await loadConfig(file, { files: 'skip' }) : await configOf(data);
  const { data: dataDir } = config.relay;
  if (config.shared_state.store !== 'redis' && config.storage === undefined)
    return { config, dataDir, redis: undefined, storage: undefined };
  if (data !== undefined)
    throw new AccessError(
      'bad-input',
      `No relay runs on ${data}, and what relays share can be reached by the config alone: name it with --config.`,
    );
  // Their addresses may be secrets, which only a config with its files says.
  const whole = await loadConfig(file);
  return { config, dataDir, redis: redisSettings(whole.config), storage: whole.storage };
}

async function configOf(data: string): Promise<{ readonly config: Config }> {
  const { config } = await lastConfig(data);
  return { config: { ...config, relay: { ...config.relay, data } } };
}

/** A config, with its files only where the address of a storage, which may be a secret, is in them. */
export async function withStorage(file: string): Promise<LoadedConfig> {
  const loaded = await loadConfig(file, { files: 'skip' });
  return loaded.config.storage === undefined ? loaded : loadConfig(file);
}

/** Locks and grants of relays that share a storage. Who may read the rules need not be able to read what is there. */
export async function stateElsewhere(file: string): Promise<KeptState | undefined> {
  const unlessUnusable = (error: unknown): undefined => {
    if (!(error instanceof AccessError)) throw error;
  };
  const rules = await loadConfig(file, { files: 'skip' }).catch(unlessUnusable);
  if (rules?.config.storage === undefined) return undefined;
  const { keptInStorage } = await import('../stored/kept-in-storage.ts');
  return keptInStorage((await loadConfig(file).catch(unlessUnusable))?.storage);
}

/** The configs of the past of this relay, or of another, where relays share a storage. */
export async function configsElsewhere(file: string, asked?: string): Promise<ElsewhereKept | undefined> {
  const place = await withStorage(file).then(sharedPlaceOf, (error: unknown) => {
    // What was in force before is of interest just when what there is now can't be used.
    if (asked !== undefined) throw error;
    return null;
  });
  if (place === null) {
    if (asked === undefined) return undefined;
    throw new AccessError(
      'bad-input',
      '--relay names one of several relays: the config has no “storage” that they share.',
    );
  }
  const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
  const log = pino({ level: 'silent' });
  return {
    store: openSharedRevisions({ ...place, relay: asked ?? place.relay }, log),
    isAskedFor: asked !== undefined,
  };
}
