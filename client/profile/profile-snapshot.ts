import type { CatalogEntry } from '../../shared/catalog.ts';
import { toUserProblem, AccessError } from '../../shared/errors.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type {
  CatalogState,
  ConnectionState,
  ProfileSnapshot,
  SignInState,
  StepUpState,
  TunnelState,
} from '../../shared/snapshot.ts';
import { isOlder } from '../sign-in/check-version.ts';
import type { ActivityRate } from './activity-store.ts';
import type { Connection } from './connections.ts';

/** Everything that a profile's snapshot is made of. */
export interface ProfileFacts {
  readonly record: ProfileRecord;
  readonly signIn: SignInState;
  readonly stepUp: StepUpState | null;
  readonly tunnel: TunnelState;
  readonly catalog: CatalogState;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly gatewayAddress: (api: string) => string | null;
  readonly openStreams: (listenerId: number) => number;
  readonly rate: (api: string) => ActivityRate;
  readonly device: ProfileSnapshot['device'];
  readonly appVersion: string;
  readonly newDevices: NonNullable<ProfileSnapshot['newDevices']>;
  readonly offersBreakGlass: boolean;
  readonly nowMs: number;
}

function connectionState(api: string, connection: Connection, facts: ProfileFacts): ConnectionState {
  if (connection.status !== 'on') return connection;
  const { port } = connection.listener;
  return {
    status: 'on',
    sinceMs: connection.sinceMs,
    port,
    address: `http://127.0.0.1:${port}`,
    ...(connection.moved === null ? {} : { moved: connection.moved.message }),
    gatewayAddress: facts.gatewayAddress(api),
    ...(connection.socket === null ? {} : { socketPath: connection.socket.listener.path }),
    protection: connection.protection,
    openStreams:
      facts.openStreams(connection.listenerId) +
      (connection.socket === null ? 0 : facts.openStreams(connection.socket.listenerId)),
    ...facts.rate(api),
  };
}

/** A tunnel is never shown open with a token that has ended, whatever its socket says. */
function tunnelState(facts: ProfileFacts): TunnelState {
  const { signIn, tunnel, nowMs } = facts;
  if (signIn.status === 'signed-in' && tunnel.status === 'open' && nowMs >= signIn.expiresAtMs) {
    const problem =
      signIn.renewalProblem ??
      toUserProblem(new AccessError('renewal-failed', 'The sign-in ended before it could be renewed.'), nowMs);
    return { status: 'reconnecting', sinceMs: signIn.expiresAtMs, attempt: 0, nextAttemptAtMs: nowMs, problem };
  }
  return tunnel;
}

function ports(record: ProfileRecord, apis: readonly CatalogEntry[]): ProfileSnapshot['ports'] {
  const suggested = apis.flatMap((entry) =>
    entry.suggestedPort === undefined ? [] : [[entry.id, { port: entry.suggestedPort, pinned: false }] as const],
  );
  const remembered = Object.entries(record.ports);
  const pinned = remembered.filter(([, port]) => port.pinned);
  return Object.fromEntries([...remembered, ...suggested, ...pinned]);
}

function update({ catalog, appVersion }: ProfileFacts): Pick<ProfileSnapshot, 'update'> {
  const client = catalog.status === 'ready' ? catalog.catalog.client : undefined;
  return client !== undefined && isOlder(appVersion, client.recommendedVersion) ? { update: client } : {};
}

/** Connections wait, without a problem of their own, while the person has to sign in. */
function waiting(connections: ProfileFacts['connections']): Record<string, ConnectionState> {
  const open = [...connections].filter(([, connection]) => connection.status !== 'failed');
  return Object.fromEntries(open.map(([api]) => [api, { status: 'opening' }]));
}

/**
 * What the app shows of one profile. When the person is needed there is exactly one problem, that of the sign-in;
 * while the tunnel reconnects, its problem stands for the catalog's too.
 */
export function profileSnapshot(facts: ProfileFacts): ProfileSnapshot {
  const { record, signIn, catalog } = facts;
  const signedIn = signIn.status === 'signed-in';
  const tunnel = signedIn ? tunnelState(facts) : { status: 'closed' as const };
  const quiet = !signedIn || tunnel.status === 'reconnecting';
  const shownCatalog: CatalogState =
    catalog.status === 'ready' && quiet
      ? { ...catalog, problem: null }
      : catalog.status === 'failed' && !signedIn
        ? { status: 'none' }
        : catalog;
  return {
    id: record.id,
    relayUrl: record.relayUrl,
    relayName: record.relayName,
    signIn,
    stepUp: signedIn ? facts.stepUp : null,
    tunnel,
    catalog: shownCatalog,
    connections: signedIn
      ? Object.fromEntries([...facts.connections].map(([api, c]) => [api, connectionState(api, c, facts)]))
      : waiting(facts.connections),
    ports: ports(record, catalog.status === 'ready' ? catalog.catalog.apis : []),
    favourites: record.favourites,
    device: facts.device,
    ...(signedIn && facts.newDevices.length > 0 ? { newDevices: facts.newDevices } : {}),
    ...(facts.offersBreakGlass ? { offersBreakGlass: true } : {}),
    ...update(facts),
  };
}
