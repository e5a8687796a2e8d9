import type { Logger } from 'pino';
import type { Catalog } from '../../shared/catalog.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import type { RevokedBy } from '../identity/revocations.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { ActiveGrant } from '../policy/decision.ts';
import type { SessionTracker } from '../sessions/track-sessions.ts';
import type { Locks } from '../sessions/start-locks.ts';
import type { TunnelWatch } from '../watch/tunnel-watch.ts';
import type { Overload } from './overload.ts';
import type { OnStream } from './stream-socket.ts';
import type { TunnelPeers } from './tunnel-peers.ts';

/** What the endpoint is given; each of its parts names what it takes of it. */
export interface TunnelEndpointOptions {
  /** Public address of the relay, for DPoP proofs. */
  readonly relayUrl: string;
  readonly authenticator: Authenticator;
  readonly inForce: () => PolicyInForce;
  /** Grants of a person, also ended ones. */
  readonly grantsOf?: (identity: Identity) => readonly ActiveGrant[];
  /** Adds what is left of quotas; the same object when there are none. */
  readonly withQuotas?: (catalog: Catalog, identity: Identity) => Promise<Catalog>;
  /** Who ended the sign-in before its time; null when nobody did. */
  readonly revokedBy?: (identity: Identity) => RevokedBy | null;
  /** The locks in force; left out where there are none. */
  readonly locks?: Pick<Locks, 'of' | 'ofAddress' | 'endOf' | 'all'>;
  /** Told of sessions as they come, change and go. */
  readonly sessions?: Pick<SessionTracker, 'didOpen' | 'didEnd' | 'didEndSignIn'>;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Refuses what the relay has no room for. */
  readonly overload: Overload;
  /** A local connection has arrived: its HTTP is to be parsed. */
  readonly onStream: OnStream;
  /** Looks on at tunnels as they come and go. */
  readonly watch?: TunnelWatch;
  /** The relay's other workers; left out in a relay of one process. */
  readonly peers?: TunnelPeers;
}
