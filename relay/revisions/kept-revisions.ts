import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { openRevisionStore, revisionFile, type RevisionStore } from './revision-store.ts';

/** The configs that a data folder keeps, or `shared` ones. @throws AccessError `bad-input` when none is kept */
export function keptRevisions(dataDir: string, shared: RevisionStore | null): RevisionStore {
  if (shared !== null) return shared;
  if (existsSync(join(dataDir, revisionFile))) return openRevisionStore(dataDir);
  throw new AccessError('bad-input', `No config is kept in ${dataDir}.`);
}

/**
 * The one text whose hash begins so, with a line’s end behind it.
 * @throws AccessError `bad-input` when no text that is kept has that hash, or several do
 */
export async function revisionText(store: RevisionStore, hash: string): Promise<string> {
  const found = /^[0-9a-f]{4,64}$/.test(hash) ? await store.textsOf(hash) : [];
  const [text, ...others] = found;
  if (text === undefined)
    throw new AccessError(
      'bad-input',
      `No text is kept whose hash begins with “${hash.slice(0, 64)}”, or it was changed.`,
    );
  if (others.length > 0)
    throw new AccessError('bad-input', `${found.length} hashes begin with “${hash}”. Give more of it.`);
  return text.endsWith('\n') ? text : `${text}\n`;
}
