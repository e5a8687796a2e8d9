import type { Emergency } from './emergency.ts';
import type { AppUpdate } from './app-update.ts';
import type { ShownRequests } from './access-request.ts';
import type { CommandLink } from './command-link.ts';
import type { Catalog } from './catalog.ts';
import type { ErrorCode, UserProblem } from './errors.ts';
import type { ManagedState } from './managed/managed-state.ts';
import type { LookColor } from './look.ts';
import type { Settings } from './settings.ts';
import type { StepUp } from './step-up.ts';

/** Steps of a sign-in; each has only its own fields. Times are milliseconds since the epoch. */
export type SignInState =
  | { readonly status: 'signed-out'; readonly problem: UserProblem | null }
  | { readonly status: 'contacting' }
  /** The relay takes several sign-in services: the person chooses one by its `issuer`. */
  | {
      readonly status: 'choosing-issuer';
      readonly issuers: readonly { readonly name: string; readonly issuer: string }[];
      readonly givesUpAtMs: number;
    }
  | {
      readonly status: 'waiting-for-browser';
      readonly url: string;
      /** Code to type at `url`, on any device (RFC 8628); left out when the browser of this computer is used. */
      readonly userCode?: string;
      readonly givesUpAtMs: number;
    }
  | { readonly status: 'finishing' }
  | {
      readonly status: 'signed-in';
      readonly sinceMs: number;
      /** When the present access token ends; it is renewed before. */
      readonly expiresAtMs: number;
      /** Set while renewal fails; connections stay until `expiresAtMs`. */
      readonly renewalProblem: UserProblem | null;
      /** What renewing fails of; left out while it doesn't. */
      readonly renewalCause?: ErrorCode;
      /** What stopped a try to sign in again, while the old sign-in goes on; left out when nothing did. */
      readonly tryProblem?: UserProblem;
      /** When the sign-in itself ends and the person is needed, and from when on that is told; left out where nobody says. */
      readonly ends?: { readonly atMs: number; readonly warnAtMs: number };
      /** How the token is bound and kept, for the Sessions screen. */
      readonly bound: 'dpop' | 'bearer';
      readonly kept: 'keychain' | 'encrypted-file' | 'memory';
    }
  /** Was signed in, but the sign-in ended (expired, revoked): the person is needed. */
  | { readonly status: 'expired'; readonly problem: UserProblem };

/** The one tunnel of a profile. */
export type TunnelState =
  | { readonly status: 'closed' }
  | { readonly status: 'connecting'; readonly waiting?: number }
  | {
      readonly status: 'open';
      readonly sinceMs: number;
      readonly sessionId: string;
      /** Last application ping's round trip; null before the first. */
      readonly roundTripMs: number | null;
      /** The relay is about to stop: what runs finishes there while another way is sought. */
      readonly draining?: boolean;
    }
  | {
      readonly status: 'reconnecting';
      readonly sinceMs: number;
      readonly attempt: number;
      /** Null where that isn't known. */
      readonly nextAttemptAtMs: number | null;
      readonly problem: UserProblem;
      /** Local connections that wait for it. */
      readonly waiting?: number;
    };

/** Local listener of one API. */
export type ConnectionState =
  | { readonly status: 'off' }
  | { readonly status: 'opening' }
  | {
      readonly status: 'on';
      readonly sinceMs: number;
      /** Own port on 127.0.0.1 and [::1]. */
      readonly port: number;
      /** For example `http://127.0.0.1:7101`. */
      readonly address: string;
      /** Why it isn't the API's own port this time; left out when it is. */
      readonly moved?: string;
      /** For example `http://orders.localhost:7100`; null when the gateway port is taken. */
      readonly gatewayAddress: string | null;
      /** Unix socket for `curl --unix-socket` and containers; left out where there is none. */
      readonly socketPath?: string;
      /** What keeps other users of this computer from the ports; `none` where the system can't tell users apart. */
      readonly protection?: 'peer-user' | 'access-key' | 'none';
      readonly openStreams: number;
      /** Over the last seconds, from the relay's activity. */
      readonly requestsPerSecond: number;
      readonly latencyMs: number | null;
    }
  | { readonly status: 'failed'; readonly problem: UserProblem };

export type CatalogState =
  | { readonly status: 'none' }
  | { readonly status: 'loading' }
  | {
      readonly status: 'ready';
      readonly catalog: Catalog;
      readonly fetchedAtMs: number;
      readonly problem: UserProblem | null;
    }
  | { readonly status: 'failed'; readonly problem: UserProblem };

/** What a rule asks for a fresh sign-in for. */
export interface StepUpNeed {
  /** Whether the request that was refused changes something, as its method says. */
  readonly writes: boolean;
  readonly demand: StepUp;
}

/** A fresh sign-in that a rule asks for (RFC 9470); the present one and its connections go on meanwhile. */
export type StepUpState = {
  /** The API that was refused; null when the person began by themselves. */
  readonly api: string | null;
  /** Why; null when the person began by themselves. `stepUpSentence` has the words. */
  readonly need: StepUpNeed | null;
} & (
  | {
      /** Waits for the person’s yes. */
      readonly status: 'asked';
      /** What stopped the last try. */
      readonly problem: UserProblem | null;
    }
  | {
      readonly status: 'waiting-for-browser';
      /** The page of the sign-in. */
      readonly url: string;
    }
  | { readonly status: 'contacting' | 'finishing' }
);

/** A sign-in of the person on a device that they hadn't used before, as its client calls itself. */
export interface NewDevice {
  readonly id: string;
  readonly name: string;
  readonly system: string;
  readonly appVersion: string;
  readonly sinceMs: number;
  /** Where it came from last; null where that isn't known. */
  readonly address: string | null;
}

/** A relay that the employee has signed in to, with all that the app shows of it. */
export interface ProfileSnapshot {
  readonly id: string;
  readonly relayUrl: string;
  readonly relayName: string;
  readonly signIn: SignInState;
  /** Left out or null when nothing asks for a fresh sign-in. */
  readonly stepUp?: StepUpState | null;
  readonly tunnel: TunnelState;
  readonly catalog: CatalogState;
  /** By API id; an API that isn't listed is off. */
  readonly connections: Readonly<Record<string, ConnectionState>>;
  /** Port that each API has or would get, by API id. */
  readonly ports: Readonly<Record<string, { readonly port: number; readonly pinned: boolean }>>;
  readonly favourites: readonly string[];
  /** APIs that “Resume” connects again; left out when nothing is paused. */
  readonly paused?: readonly string[];
  /** The colour that the person has chosen; left out for the relay's own. `profileColor` tells which it is. */
  readonly color?: LookColor;
  /** Who is signed in, or was last; left out before anybody was. */
  readonly account?: string;
  /** The same for one person’s sign-ins, another for each other person’s; left out before anybody was signed in. */
  readonly person?: string;
  readonly device: { readonly name: string; readonly system: string };
  /** Sign-ins on new devices that the person hasn't looked at yet, newest last; left out when there are none. */
  readonly newDevices?: readonly NewDevice[];
  /** Sign-ins of the relay’s own accounts that this owner was told of, newest last; left out when there are none. */
  readonly emergencies?: readonly Emergency[];
  /** Requests for access, own ones and those to decide on, as the relay says them; left out while they aren’t known. */
  readonly requests?: ShownRequests;
  /** The relay has accounts of its own, for when company sign-in is down; left out when it hasn’t, or isn’t known yet. */
  readonly offersBreakGlass?: boolean;
  /** A newer version that the relay recommends, and where people get it; left out when this one will do. */
  readonly update?: { readonly recommendedVersion: string; readonly howToUpdate?: string | undefined };
}

/** Files that crashes have left on this computer. */
export interface CrashFiles {
  readonly folder: string;
  readonly count: number;
  /** When the newest was written; null for none. */
  readonly lastAtMs: number | null;
}

/** `unsigned`: made without certificates, for trying out. */
export type BuildSignature = 'signed' | 'unsigned';

/** All that the window shows except activity, which is pushed on its own. Holds no token and no secret. */
export interface Snapshot {
  readonly appVersion: string;
  /** Whether certificates vouch for where the app comes from; left out where that is no question, as for the CLI. */
  readonly signature?: BuildSignature;
  /** Updates of the app; left out by the command line, which others install. */
  readonly appUpdate?: AppUpdate;
  /** Whether terminals find the command line that the app carries; left out where packages or installers see to that. */
  readonly commandLink?: CommandLink;
  /** Where the desktop app keeps logs and crash files; left out by the CLI, which has none. */
  readonly files?: { readonly logs: string; readonly crashes: CrashFiles | null };
  /** Those in force: IT’s where it has set or locked one, else the person’s. */
  readonly settings: Settings;
  /** What IT has set from outside, and what of it can’t be used; left out when there is neither. */
  readonly managed?: ManagedState;
  readonly profiles: readonly ProfileSnapshot[];
  readonly currentProfileId: string | null;
  /** A relay address that IT or a deep link suggests for the next sign-in; never acted on by itself. */
  readonly suggestedRelayUrl: string | null;
  readonly recentRelayUrls: readonly string[];
  /** How long new local requests wait for a tunnel that is away, milliseconds. */
  readonly waitForTunnelMs: number;
  /** How secrets are kept on this system; `memory` means: signed in until the app quits, with the reason. */
  readonly secretStore:
    | { readonly kind: 'keychain' | 'encrypted-file' }
    | { readonly kind: 'memory'; readonly reason: string };
  /** A proxy waits for a user and a password; `refused` when it didn't take those that it got. Left out when none does. */
  readonly proxySignIn?: { readonly proxy: string; readonly refused: boolean };
  /** Proxies whose password is kept, as far as they were used since the program started; left out for none. */
  readonly proxyPasswords?: readonly string[];
  readonly gateway:
    | { readonly status: 'off' }
    | { readonly status: 'on'; readonly port: number }
    | { readonly status: 'failed'; readonly problem: UserProblem };
}
