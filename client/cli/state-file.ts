import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { storedProfileSchema, storedSettingsSchema } from '../../shared/settings.ts';
import type { PersistedState, StateStore } from '../profile/core-options.ts';
import { holdFileLock } from '../tokens/refresh-lock.ts';
import { mergeState } from './merge-state.ts';

/** What only a newer version knows stays in the file. */
const stateSchema = z.looseObject({
  settings: storedSettingsSchema.prefault({}),
  profiles: z.array(storedProfileSchema).default([]),
  currentProfileId: z.string().nullable().default(null),
  recentRelayUrls: z.array(z.string()).default([]),
});

/** Where the CLI keeps its state when nobody says otherwise, by the habits of the operating system. */
export function defaultStateDir(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = environment['CAUSEWAY_STATE_DIR'];
  if (given) return given;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'causeway-cli');
  if (process.platform === 'win32') return join(environment['LOCALAPPDATA'] ?? homedir(), 'causeway-cli');
  return join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'causeway');
}

/** Codes of a folder that this user may not write to; others, such as a full disk, may pass. */
const unwritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);

/**
 * Makes the folder, for this user only where the file system has such rights (a mounted volume may refuse chmod).
 * Returns why nothing can be kept there, in words, or null when something can.
 */
export function prepareStateDir(path: string): string | null {
  const failed = (error: unknown): string => `The folder ${path} can’t be used: ${(error as Error).message}.`;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    return failed(error);
  }
  try {
    if (process.platform !== 'win32') chmodSync(path, 0o700);
  } catch {
    // What is secret in there is encrypted, and its files have their own mode.
  }
  const probe = join(path, `.probe-${process.pid}`);
  try {
    writeFileSync(probe, '');
    rmSync(probe, { force: true });
    return null;
  } catch (error) {
    return unwritable.has((error as NodeJS.ErrnoException).code ?? '') ? failed(error) : null;
  }
}

/** The key that a schema's issue is about, with its line. */
function whereIn(text: string, path: readonly PropertyKey[]): string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const node = document.getIn(path.map(String), true);
  const offset = isNode(node) ? node.range?.[0] : undefined;
  const line = offset === undefined ? '' : `, line ${lines.linePos(offset).line}`;
  return `${line}, ${path.join('.') || 'the whole'}`;
}

function parseState(path: string, text: string): PersistedState {
  // What a power cut may leave of a file: no bytes, or only zeros.
  if (text.replaceAll(/[\0\s]/g, '') === '') return stateSchema.parse({});
  const refuse = (where: string, cause: unknown): AccessError =>
    new AccessError('bad-config', `${path}${where}. Correct it, or move the file away to start afresh.`, { cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const [broken] = parseDocument(text).errors;
    const line = broken?.linePos?.[0].line ?? text.split('\n').length;
    throw refuse(`, line ${line}: ${(cause as Error).message.replaceAll(/\s+/g, ' ')}`, cause);
  }
  const parsed = stateSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${whereIn(text, issue?.path ?? [])}: ${issue?.message ?? 'not understood'}`, parsed.error);
}

/**
 * The CLI's state as one JSON file, replaced as a whole under a lock; what another process wrote meanwhile stays. In a
 * folder that takes nothing, `isKept` false, a file that can't be read is none either.
 * @throws AccessError `bad-config` from `load`, naming file, line and key, when it holds something else
 */
export function stateFile(stateDir: string, onUnsaved: (why: string) => void, isKept = true): StateStore {
  const path = join(stateDir, 'state.json');
  let known = stateSchema.parse({}) as PersistedState;
  let unsaved = false;

  function read(): PersistedState {
    let text: string;
    try {
      // Some editors put a mark before the first character.
      text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || !isKept) return stateSchema.parse({});
      const why = `${path} can’t be read: ${(error as Error).message}. It may be another user’s: --state-dir names another folder.`;
      throw new AccessError('bad-config', why, { cause: error });
    }
    return parseState(path, text);
  }

  function write(state: PersistedState): void {
    const fresh = `${path}.${process.pid}`;
    // Whoever else was let read it still is.
    const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o666;
    try {
      // Flushed before the rename, so that a power cut leaves the old file or the new one.
      writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode, flush: true });
      renameSync(fresh, path);
    } finally {
      rmSync(fresh, { force: true });
    }
  }

  return {
    load: () => (known = read()),
    save(state) {
      try {
        holdFileLock(stateDir, 'state', () => write(mergeState(known, state, read())));
        known = state;
        unsaved = false;
      } catch (error) {
        // Saved with the next change, and said once: a full disk must not end connections.
        if (!unsaved) onUnsaved(`Settings can’t be kept in ${path}: ${(error as Error).message}.`);
        unsaved = true;
      }
    },
  };
}

/** State that ends with the command. */
export function memoryState(): StateStore {
  let state: PersistedState = stateSchema.parse({});
  return {
    load: () => state,
    save: (next) => {
      state = next;
    },
  };
}
