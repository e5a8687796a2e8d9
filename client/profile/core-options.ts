import type { BuildSignature, Snapshot } from '../../shared/snapshot.ts';
import type { ManagedSettings } from '../managed/open-managed-settings.ts';
import type { ProfileRecord, Settings } from '../../shared/settings.ts';
import type { ClientCertificate } from '../network/client-certificate.ts';
import type { NetworkProbe } from '../network/network-sign-in.ts';
import type { SecretStore } from '../secrets/secret-store.ts';

/** How many addresses of relays are offered again. */
export const maxRecentRelays = 5;

/** What is remembered between runs besides secrets. */
export interface PersistedState {
  readonly settings: Settings;
  readonly profiles: readonly ProfileRecord[];
  readonly currentProfileId: string | null;
  readonly recentRelayUrls: readonly string[];
}

/** Where the persisted state lives: `electron-store` on the desktop, one JSON file for the CLI. */
export interface StateStore {
  load(): PersistedState;
  save(state: PersistedState): void;
}

export interface ClientCoreOptions {
  readonly appVersion: string;
  /** Whether certificates vouch for the build; the desktop app says it. */
  readonly signature?: BuildSignature;
  /** Where the desktop app keeps logs and crash files now, for its Settings. */
  readonly files?: () => NonNullable<Snapshot['files']>;
  /** How often to look for sign-ins on new devices, milliseconds; default two minutes. */
  readonly lookForDevicesMs?: number;
  readonly device: { readonly name: string; readonly system: string };
  /** Folder for locks and encrypted files; exists and is private to the user. */
  readonly stateDir: string;
  readonly secrets: SecretStore;
  readonly state: StateStore;
  /** Opens an address in the person's own browser. */
  readonly openBrowser: (url: string) => Promise<void>;
  /** What IT has set from outside; its owner closes it. Default nothing. */
  readonly managed?: ManagedSettings;
  /** Address that IT pre-sets for the first sign-in, if any. */
  readonly suggestedRelayUrl?: string;
  /**
   * What the system's settings say of the proxy on the way to an address, as a PAC file says it. Without it, only
   * HTTPS_PROXY and its like count.
   */
  readonly resolveProxy?: (url: string) => Promise<string>;
  /** Looks whether a network wants a sign-in of its own first; default asks in plain HTTP for the relay's name. */
  readonly networkProbe?: NetworkProbe;
  /** Extra certificate authorities (PEM) besides the system's and Node's. */
  readonly ca?: readonly string[];
  /** Presented to the relay and the sign-in service where they ask, for tokens bound to it (RFC 8705). */
  readonly clientCertificate?: ClientCertificate;
  /** How long new local requests wait for a tunnel that is away, in milliseconds; default 10 s. */
  readonly waitForTunnelMs?: number;
  /** How long a sign-in waits for the browser, in milliseconds; default 5 minutes. */
  readonly signInTimeoutMs?: number;
  /**
   * Neither restores connections nor opens a tunnel before `connect` is called: for commands that only ask. Default
   * false.
   */
  readonly passive?: boolean;
  readonly now?: () => number;
}
