import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { type LoadedConfig, readConfig } from '../config/load-config.ts';
import {
  type KeptRevision,
  openRevisionStore,
  type RevisionAt,
  revisionFile,
  type RevisionStore,
} from './revision-store.ts';

/** A config of the past, for decisions that need the rules alone. */
export interface ConfigAt {
  readonly loaded: LoadedConfig;
  readonly revision: KeptRevision;
}

/** Where else than in the data folder a relay's configs are kept. */
export interface ElsewhereKept {
  readonly store: RevisionStore;
  /** Whether somebody asked for that relay by its id: then the data folder isn't looked at. */
  readonly isAskedFor: boolean;
}

/**
 * The config that was in force in a data folder, or at a relay whose configs are kept elsewhere, at a time.
 * @throws AccessError `bad-input` when that isn't known (any more)
 */
export async function configAt(dataDir: string, timeMs: number, elsewhere?: ElsewhereKept): Promise<ConfigAt> {
  const here: RevisionAt = elsewhere?.isAskedFor === true ? { status: 'none' } : revisionAt(dataDir, timeMs);
  const isMissing = here.status === 'none' || here.status === 'too-early' || here.status === 'pruned';
  const found = isMissing && elsewhere !== undefined ? await elsewhere.store.at(timeMs) : here;
  if (found.status !== 'found') {
    const where = elsewhere === undefined ? dataDir : 'the storage';
    throw new AccessError('bad-input', `${unknownWords(found, where)} ${hint}`);
  }
  const { revision } = found;
  const loaded = await readConfig({ path: revision.file, text: revision.text }, { files: 'skip' });
  return { loaded, revision };
}

/**
 * The config that was in force last in a data folder, in place of its file. @throws AccessError `bad-input` when none is kept
 */
export async function lastConfig(dataDir: string): Promise<LoadedConfig> {
  const found = revisionAt(dataDir, Date.now());
  if (found.status === 'none')
    throw new AccessError('bad-input', `No relay has run on ${dataDir}: no config that was in force is kept there.`);
  return (await configAt(dataDir, Date.now())).loaded;
}

function revisionAt(dataDir: string, timeMs: number): RevisionAt {
  if (!existsSync(join(dataDir, revisionFile))) return { status: 'none' };
  const store = openRevisionStore(dataDir);
  try {
    return store.at(timeMs);
  } finally {
    store.close();
  }
}

const hint = 'With --current-rules, the rules that the file has now are taken for that time.';

function unknownWords(found: Exclude<RevisionAt, { status: 'found' }>, where: string): string {
  switch (found.status) {
    case 'none':
      return `No config that was in force is kept in ${where}.`;
    case 'too-early':
      return `What was in force then isn’t kept: the first config that is came into force at ${new Date(found.firstMs).toISOString()}.`;
    case 'pruned':
      return `The config that was in force then (${found.hash}) is no longer kept.`;
    case 'altered':
      return `The config that was in force then was changed where it is kept: its text doesn’t fit the hash ${found.hash}.`;
  }
}
