import type { ShownRequest } from '../../shared/access-request.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import type { ActivityLog } from '../../shared/activity.ts';
import type { DiagnosticReport, Hop } from '../../shared/diagnostics.ts';
import type { LookColor } from '../../shared/look.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { ActivityBatch } from '../profile/activity-store.ts';
import type { HttpClient } from '../network/http-client.ts';
import type { AccessWish, RequestDecision, SignInWishes } from '../profile/wishes.ts';

/**
 * Sign-in, tokens, catalog, local listeners and tunnel of all profiles, without a window. Owns the state and gives
 * it out as one snapshot. Commands throw `AccessError`; what they change arrives as a new snapshot.
 */
export interface ClientCore {
  snapshot(): Snapshot;
  /** Calls back with each new snapshot, at most once per event-loop turn; returns the function that stops it. */
  watch(listener: (snapshot: Snapshot) => void): () => void;
  /** Whether snapshots come by themselves while rates change, once a second; as long as nobody says, they do. */
  watchRates(wanted: boolean): void;
  /** Calls back with what has just come; `counts` is what it adds to those of `activity`. */
  watchActivity(listener: (profileId: string, batch: ActivityBatch) => void): () => void;
  /** The newest requests of a profile, at most 5,000, and counts of all, as far as this process knows them. */
  activity(profileId: string): ActivityLog;
  /** The same, after a look at what earlier runs and other processes of the profile have kept since the sign-in. */
  keptActivity(profileId: string): Promise<ActivityLog>;
  /** Restores profiles, sign-ins and connections of the last run. */
  start(): Promise<void>;
  /** Begins a sign-in and returns at once; progress and outcome are in `signIn` of the profile. */
  signIn(relayUrl: string, wishes?: SignInWishes): Promise<{ readonly profileId: string }>;
  /** Answers `choosing-issuer`. @throws AccessError `bad-input` when the issuer isn't one of those offered */
  chooseIssuer(profileId: string, issuer: string): void;
  /**
   * The person’s yes to a fresh sign-in: the one that `stepUp` of the profile asks for, or one that meets `demand`,
   * which is of `api`. Returns at once; progress is in `stepUp`, which is null again when it is done. Connections stay
   * up.
   */
  stepUp(profileId: string, demand?: StepUp, api?: string): void;
  /** Ends the sign-in under way, else says no to the fresh sign-in that is asked for. */
  cancelSignIn(profileId: string): void;
  reopenBrowser(profileId: string): Promise<void>;
  /** Ends all connections, tells the relay, revokes tokens (RFC 7009), opens the provider's end-session page, forgets secrets. */
  signOut(profileId: string): Promise<void>;
  selectProfile(profileId: string): void;
  removeProfile(profileId: string): Promise<void>;
  connect(profileId: string, api: string): Promise<void>;
  disconnect(profileId: string, api: string): Promise<void>;
  /** Disconnects all APIs of a relay, and remembers which, also over a restart, until `resume` or a sign-out. */
  pause(profileId: string): Promise<void>;
  /** Connects again what was paused. */
  resume(profileId: string): Promise<void>;
  /** Pins a port, or with null goes back to the suggested or remembered one; moves an open listener. */
  setPort(profileId: string, api: string, port: number | null): Promise<void>;
  /**
   * Asks requests to the API's ports to carry a fresh access key (`X-Causeway-Key`), or no key any more. For systems
   * that can't tell one user of the computer from another; see `protection` of the connection.
   */
  setAccessKey(profileId: string, api: string, wanted: boolean): Promise<void>;
  /** The API's access key, a secret; null when it needs none. */
  accessKey(profileId: string, api: string): Promise<string | null>;
  /** The profile's colour; null for the relay's own. */
  setColor(profileId: string, color: LookColor | null): void;
  setFavourite(profileId: string, api: string, favourite: boolean): void;
  refreshCatalog(profileId: string): Promise<void>;
  /** Asks what is left of the limits of one API; the catalog has it then. What is known stays when that fails. */
  refreshQuotas(profileId: string, api: string): Promise<void>;
  /** Asks for a role, which approvers grant or refuse. @throws AccessError with the relay’s reason */
  requestAccess(profileId: string, wish: AccessWish): Promise<ShownRequest>;
  /** Asks the relay for the requests that concern the person, `requests` of the profile; failures leave what is known. */
  refreshRequests(profileId: string): Promise<void>;
  /** Takes back a request of one’s own that waits, or gives up what it gave. @throws AccessError with the relay’s reason */
  withdrawRequest(profileId: string, id: string): Promise<ShownRequest>;
  /**
   * Approves or refuses somebody’s request, or ends its grant early.
   * @throws AccessError with the relay’s reason, `already-decided` when somebody else was faster
   */
  decideRequest(profileId: string, id: string, decision: RequestDecision): Promise<ShownRequest>;
  /** The person's own sessions, on all devices. @throws AccessError with the relay’s reason */
  sessions(profileId: string): Promise<readonly OwnSession[]>;
  /** The person has looked at the sign-ins on new devices, `newDevices` of the profile. */
  didSeeNewDevices(profileId: string): void;
  /** Ends one of them, or all but this one; gives the ids of those that ended. @throws AccessError with the relay’s reason */
  endSessions(profileId: string, which: { readonly id: string } | 'others'): Promise<readonly string[]>;
  /** Gives the device of one a name, or with the empty one takes that back; what it is called now. @throws AccessError */
  renameSession(profileId: string, id: string, name: string): Promise<string>;
  setSettings(change: Partial<Settings>): Promise<void>;
  /** Pre-fills the address of the next sign-in (deep link); no network, no side effect. */
  suggestRelay(relayUrl: string): void;
  /** Asks for the relay at once, instead of at the next attempt; does no more where it is there. */
  tryNow(profileId: string): void;
  /** The person's answer to `proxySignIn` of the snapshot; kept with the other secrets. */
  signInToProxy(password: { readonly user: string; readonly password: string }): Promise<void>;
  /** Deletes the password of one of `proxyPasswords` of the snapshot. */
  forgetProxyPassword(proxy: string): Promise<void>;
  /** Looks at each hop between here and the APIs; `onHop` is told of each as it is found. Changes nothing. */
  diagnose(profileId: string, onHop?: (hop: Hop) => void): Promise<DiagnosticReport>;
  /** The computer woke or the network changed: renew and reconnect now where needed. */
  checkNow(): void;
  /** HTTP through the same proxies for what is no relay’s and no sign-in service’s: nobody’s certificate is shown there. */
  anonymousHttp(): HttpClient;
  close(): Promise<void>;
}
