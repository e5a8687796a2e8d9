import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientCore } from '../../client/core/client-core.ts';
import type { PersistedState } from '../../client/profile/core-options.ts';
import { createClientCore } from '../../client/core/create-client-core.ts';
import { memorySecretStore } from '../../client/secrets/memory-secrets.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { freePort } from './free-port.ts';

/** The client core of the app without a window, with all that it remembers in memory. */
export interface HeadlessClient {
  readonly core: ClientCore;
  /** Resolves with the first value, present or future, that `pick` doesn’t answer with null. */
  waitFor<T>(what: string, pick: (snapshot: Snapshot) => T | null, timeoutMs?: number): Promise<T>;
  /** Signs in at the relay and resolves once signed in; throws with the problem otherwise. */
  signIn(relayUrl: string): Promise<ProfileSnapshot>;
  /** Connects an API and resolves with its open listener. */
  connect(profileId: string, api: string): Promise<Extract<ConnectionState, { status: 'on' }>>;
  close(): Promise<void>;
}

export interface HeadlessClientOptions {
  readonly ca: readonly string[];
  readonly openBrowser: (url: string) => Promise<void>;
  /** What the computer is called; `headless` when left out. */
  readonly deviceName?: string;
}

/** Starts a client core with a gateway port of its own. */
export async function startHeadlessClient(options: HeadlessClientOptions): Promise<HeadlessClient> {
  const stateDir = mkdtempSync(join(tmpdir(), 'causeway-client-'));
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  let state: PersistedState = {
    settings: settingsSchema.parse({ gatewayPort: await freePort() }),
    profiles: [],
    currentProfileId: null,
    recentRelayUrls: [],
  };
  const core = createClientCore({
    appVersion: '0.1.0',
    device: { name: options.deviceName ?? 'headless', system: process.platform },
    stateDir,
    secrets: memorySecretStore('This run keeps nothing.'),
    state: {
      load: () => state,
      save: (next) => {
        state = next;
      },
    },
    openBrowser: options.openBrowser,
    ca: options.ca,
  });
  await core.start();

  async function waitFor<T>(what: string, pick: (snapshot: Snapshot) => T | null, timeoutMs = 60_000): Promise<T> {
    const present = pick(core.snapshot());
    if (present !== null) return present;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`${what} didn’t happen within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      const stop = core.watch((snapshot) => {
        try {
          const value = pick(snapshot);
          if (value === null) return;
          resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        clearTimeout(timer);
        stop();
      });
    });
  }

  return {
    core,
    waitFor,
    async signIn(relayUrl) {
      const { profileId } = await core.signIn(relayUrl);
      return waitFor('the sign-in', (snapshot) => {
        const profile = snapshot.profiles.find((candidate) => candidate.id === profileId);
        if (profile?.signIn.status === 'signed-out' && profile.signIn.problem !== null) {
          throw new Error(`${profile.signIn.problem.title}: ${profile.signIn.problem.detail}`);
        }
        return profile?.signIn.status === 'signed-in' && profile.catalog.status === 'ready' ? profile : null;
      });
    },
    async connect(profileId, api) {
      await core.connect(profileId, api);
      return waitFor(`connecting ${api}`, (snapshot) => {
        const profile = snapshot.profiles.find((candidate) => candidate.id === profileId);
        const connection = profile?.connections[api];
        if (connection?.status === 'failed') throw new Error(connection.problem.detail);
        return connection?.status === 'on' && profile?.tunnel.status === 'open' ? connection : null;
      });
    },
    async close() {
      await core.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
