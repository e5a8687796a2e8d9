import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { profileRecordSchema, settingsSchema } from '../../shared/settings.ts';
import type { PersistedState, StateStore } from '../client-core.ts';

const stateSchema = z.object({
  settings: settingsSchema.prefault({}),
  profiles: z.array(profileRecordSchema).default([]),
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

/** Makes the folder for this user only. @throws AccessError `bad-input` when it can't be made */
export function prepareStateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') chmodSync(path, 0o700);
  } catch (cause) {
    throw new AccessError('bad-input', `The folder ${path} can’t be used: ${(cause as Error).message}.`, { cause });
  }
}

/**
 * The CLI's state as one JSON file, replaced as a whole.
 * @throws AccessError `bad-config` from `load`, naming the file, when it holds something else
 */
export function stateFile(stateDir: string): StateStore {
  const path = join(stateDir, 'state.json');
  return {
    load(): PersistedState {
      let text = '{}';
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      try {
        return stateSchema.parse(JSON.parse(text));
      } catch (cause) {
        throw new AccessError('bad-config', `${path} can’t be read. Remove it to start afresh.`, { cause });
      }
    },
    save(state) {
      const fresh = `${path}.${process.pid}`;
      writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      renameSync(fresh, path);
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
