import type { Emergency } from '../../shared/emergency.ts';
import type { Socket } from 'node:net';
import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import type { UserProblem } from '../../shared/errors.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import type { ListenerDescription } from '../../shared/tunnel/control-message.ts';
import type { TokenSource } from '../tokens/token-source.ts';
import type { ClientCertificate } from '../network/client-certificate.ts';
import type { NetworkJudge } from '../network/network-sign-in.ts';
import type { ProxySource } from '../network/proxy-source.ts';
import type { NetworkPlace } from '../network/describe-network.ts';
import type { IsCallerThere } from './end-side.ts';
import type { LocalRefusal } from './local-answer.ts';
import type { ReconnectBackoff } from '../../shared/tunnel/reconnect-backoff.ts';

/** How many requests of an API got no entry, how long they took together in milliseconds, and how many went wrong. */
export type LeftOut = Readonly<
  Record<string, { readonly count: number; readonly totalMs: number; readonly denied: number; readonly failed: number }>
>;

export interface TunnelClientOptions {
  readonly relayUrl: string;
  readonly tokens: TokenSource;
  /** Keys of which one has to be in the relay’s certificate chain; asked anew for each attempt, none by default. */
  readonly pins?: () => readonly string[];
  readonly device: {
    readonly id?: string;
    readonly name: string;
    readonly system: string;
    readonly appVersion: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
  /** Extra certificate authorities (PEM), besides the system's. */
  readonly ca?: readonly string[];
  /** Presented to the relay, for tokens that are bound to it. */
  readonly clientCertificate?: ClientCertificate;
  /** Default the environment's. */
  readonly proxies?: ProxySource;
  /** Says of a failure whether the network's own sign-in page is what stands in the way. */
  readonly judgeFailure?: NetworkJudge;
  /** How long new local requests wait for a tunnel that is away, milliseconds; default 10 s. */
  readonly waitForTunnelMs?: number;
  /** Tells whether a local caller that has ended its side still waits for its answer; left out, it is taken for gone. */
  readonly isCallerThere?: IsCallerThere;
  /** The relay says that the person has signed in, or come back, with another session. */
  readonly onSessionsChanged?: () => void;
  /** Requests for access that concern the person have changed. */
  readonly onRequestsChanged?: () => void;
  /** The relay tells an owner that an account of its own has signed in. */
  readonly onEmergency?: (emergency: Emergency) => void;
  /** Delays between attempts. */
  readonly backoff?: ReconnectBackoff;
  /** Where this computer is in the network, looked at once a second. */
  readonly network?: () => NetworkPlace;
  /** What local programs are told when they wait in vain; left out, what the tunnel itself knows. */
  readonly why?: () => LocalRefusal | null;
  readonly onState: (state: TunnelState) => void;
  readonly onCatalog: (catalog: Catalog) => void;
  /** `leftOut`: requests that got no entry of their own, by API. */
  readonly onActivity: (entries: readonly ActivityEntry[], leftOut: LeftOut) => void;
  /** The relay refuses the identity: the person is needed. The tunnel stays closed until `open` is called again. */
  readonly onSignInNeeded: (problem: UserProblem) => void;
}

/** One tunnel to one relay, kept up until `close()`. */
export interface TunnelClient {
  open(): void;
  /** Tells the relay which local listeners there are; sent again on each reconnect. */
  setListeners(listeners: readonly ListenerDescription[]): void;
  /** Carries an accepted local connection as a stream; answers 503 itself when the tunnel is down for too long. */
  carry(socket: Socket, listenerId: number): void;
  /** A renewed token is at hand: present it in-band without touching streams. */
  renew(): Promise<void>;
  /** The network changed or the computer woke: check the link now, reconnect at once if it is dead. */
  checkNow(): void;
  openStreams(listenerId: number): number;
  /** Ends all streams and the WebSocket; resolves when closed. */
  close(): Promise<void>;
}
