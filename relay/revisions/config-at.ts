import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { type LoadedConfig, readConfig } from '../config/load-config.ts';
import { openRevisionStore, type KeptRevision, type RevisionAt } from './revision-store.ts';

/** A config of the past, for decisions that need the rules alone. */
export interface ConfigAt {
  readonly loaded: LoadedConfig;
  readonly revision: KeptRevision;
}

/**
 * The config that was in force in a data folder at a time.
 * @throws AccessError `bad-input` when that isn't known (any more)
 */
export async function configAt(dataDir: string, timeMs: number): Promise<ConfigAt> {
  const found = revisionAt(dataDir, timeMs);
  if (found.status !== 'found') throw new AccessError('bad-input', `${unknownWords(found, dataDir)} ${hint}`);
  const { revision } = found;
  const loaded = await readConfig({ path: revision.file, text: revision.text }, { files: 'skip' });
  return { loaded, revision };
}

function revisionAt(dataDir: string, timeMs: number): RevisionAt {
  if (!existsSync(join(dataDir, 'config-revisions.sqlite'))) return { status: 'none' };
  const store = openRevisionStore(dataDir);
  try {
    return store.at(timeMs);
  } finally {
    store.close();
  }
}

const hint = 'With --current-rules, the rules that the file has now are taken for that time.';

function unknownWords(found: Exclude<RevisionAt, { status: 'found' }>, dataDir: string): string {
  switch (found.status) {
    case 'none':
      return `No config that was in force is kept in ${dataDir}.`;
    case 'too-early':
      return `What was in force then isn’t kept: the first config that is came into force at ${new Date(found.firstMs).toISOString()}.`;
    case 'pruned':
      return `The config that was in force then (${found.hash}) is no longer kept.`;
    case 'altered':
      return `The config that was in force then was changed in the data folder: its text doesn’t fit the hash ${found.hash}.`;
  }
}
