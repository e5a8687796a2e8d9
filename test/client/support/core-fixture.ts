import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientCore } from '../../../client/core/client-core.ts';
import type { ClientCoreOptions, PersistedState, StateStore } from '../../../client/profile/core-options.ts';
import { createClientCore } from '../../../client/core/create-client-core.ts';
import type { SecretStore } from '../../../client/secrets/secret-store.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { ProfileSnapshot, Snapshot } from '../../../shared/snapshot.ts';
import { freePort } from '../../support/free-port.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';

/** Secrets in memory that outlive a core, so that a test can restart it. */
export function memorySecrets(): SecretStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    kind: 'keychain',
    memoryReason: null,
    values,
    get: async (name) => values.get(name) ?? null,
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => void values.delete(name),
    elsewhere: async () => ({ values: [], closed: [] }),
  };
}

export function memoryState(gatewayPort: number): StateStore & { current: PersistedState } {
  return {
    current: {
      settings: settingsSchema.parse({ gatewayPort }),
      profiles: [],
      currentProfileId: null,
      recentRelayUrls: [],
    },
    load() {
      return this.current;
    },
    save(state) {
      this.current = state;
    },
  };
}

export interface CoreFixture {
  readonly stateDir: string;
  readonly secrets: ReturnType<typeof memorySecrets>;
  readonly state: ReturnType<typeof memoryState>;
  /** Addresses that were to be opened in the browser. */
  readonly opened: string[];
  /** Starts a core over the same stores, as after a restart. */
  make(change?: Partial<ClientCoreOptions>): ClientCore;
  close(): Promise<void>;
}

/** Stores of one person's computer, and cores over them whose browser signs in as `user`. */
export async function coreFixture(user: string | null = 'alice'): Promise<CoreFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'causeway-client-'));
  const secrets = memorySecrets();
  const state = memoryState(await freePort());
  const opened: string[] = [];
  const cores: ClientCore[] = [];
  return {
    stateDir,
    secrets,
    state,
    opened,
    make(change = {}) {
      const core = createClientCore({
        appVersion: '0.1.0',
        device: { name: 'test', system: 'test' },
        stateDir,
        secrets,
        state,
        openBrowser: async (url) => {
          opened.push(url);
          if (user !== null && !url.includes('/session/end')) await signInWithoutBrowser(url, { user });
        },
        ...change,
      });
      cores.push(core);
      return core;
    },
    async close() {
      await Promise.all(cores.map((core) => core.close()));
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Resolves with the first snapshot, the present one included, for which `holds` is true. */
export function snapshotWhere(core: ClientCore, holds: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  const { promise, resolve } = Promise.withResolvers<Snapshot>();
  const stop = core.watch((snapshot) => {
    if (holds(snapshot)) resolve(snapshot);
  });
  const present = core.snapshot();
  if (holds(present)) resolve(present);
  return promise.finally(stop);
}

/** The same for the first profile. */
export async function profileWhere(
  core: ClientCore,
  holds: (profile: ProfileSnapshot) => boolean,
): Promise<ProfileSnapshot> {
  const of = (snapshot: Snapshot): ProfileSnapshot | undefined => snapshot.profiles[0];
  const snapshot = await snapshotWhere(core, (candidate) => {
    const profile = of(candidate);
    return profile !== undefined && holds(profile);
  });
  const profile = of(snapshot);
  if (!profile) throw new Error('There is no profile');
  return profile;
}
