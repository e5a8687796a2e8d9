import type { ShownRequests } from '../../shared/access-request.ts';
import type { CatalogEntry } from '../../shared/catalog.ts';
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
import type { ActivityRate } from './activity-rates.ts';
import { suggestedPort } from '../listeners/choose-port.ts';
import type { Connection } from './connections.ts';
import { shownTunnel } from './shown-tunnel.ts';

/** Everything that a profile's snapshot is made of. */
export interface ProfileFacts {
  readonly record: ProfileRecord;
  readonly signIn: SignInState;
  readonly stepUp: StepUpState | null;
  readonly tunnel: TunnelState;
  readonly catalog: CatalogState;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Ports that other profiles have. */
  readonly othersPorts: ReadonlySet<number>;
  readonly gatewayAddress: (api: string) => string | null;
  readonly openStreams: (listenerId: number) => number;
  readonly rate: (api: string) => ActivityRate;
  readonly device: ProfileSnapshot['device'];
  /** Ports that IT has set, by API. */
  readonly managedPorts: Readonly<Record<string, number>>;
  readonly appVersion: string;
  readonly emergencies: NonNullable<ProfileSnapshot['emergencies']>;
  readonly newDevices: NonNullable<ProfileSnapshot['newDevices']>;
  readonly requests: ShownRequests | null;
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

function ports(
  { record, managedPorts, othersPorts: others }: ProfileFacts,
  apis: readonly CatalogEntry[],
): ProfileSnapshot['ports'] {
  const suggested = apis.flatMap((entry) => {
    const port = suggestedPort(entry, record.ports[entry.id], others);
    return port === undefined ? [] : [[entry.id, { port, pinned: false }] as const];
  });
  const remembered = Object.entries(record.ports);
  const pinned = remembered.filter(([, port]) => port.pinned);
  const managed = Object.entries(managedPorts).map(([api, port]) => [api, { port, pinned: true }] as const);
  return Object.fromEntries([...remembered, ...suggested, ...pinned, ...managed]);
}

function update({ catalog, appVersion }: ProfileFacts): Pick<ProfileSnapshot, 'update'> {
  const client = catalog.status === 'ready' ? catalog.catalog.client : undefined;
  return client !== undefined && isOlder(appVersion, client.recommendedVersion) ? { update: client } : {};
}

/**
 * Local addresses stay while the person has to sign in: they are what tools are set to. A port's own problem waits, so
 * that there is one thing to do.
 */
function shownConnections(facts: ProfileFacts): Record<string, ConnectionState> {
  const shown = [...facts.connections].filter(
    ([, { status }]) => facts.signIn.status === 'signed-in' || status !== 'failed',
  );
  return Object.fromEntries(shown.map(([api, connection]) => [api, connectionState(api, connection, facts)]));
}

/**
 * What the app shows of one profile. When the person is needed there is exactly one problem, that of the sign-in;
 * while the tunnel reconnects, its problem stands for the catalog's too.
 */
export function profileSnapshot(facts: ProfileFacts): ProfileSnapshot {
  const { record, signIn, catalog } = facts;
  const signedIn = signIn.status === 'signed-in';
  const tunnel = shownTunnel(signIn, facts.tunnel, facts.nowMs);
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
    connections: shownConnections(facts),
    ports: ports(facts, catalog.status === 'ready' ? catalog.catalog.apis : []),
    favourites: record.favourites,
    ...(record.paused === undefined || record.paused.length === 0 ? {} : { paused: record.paused }),
    ...(record.color === undefined ? {} : { color: record.color }),
    ...(record.account === undefined ? {} : { account: record.account }),
    ...(record.person === undefined ? {} : { person: record.person }),
    device: facts.device,
    ...(signedIn && facts.newDevices.length > 0 ? { newDevices: facts.newDevices } : {}),
    ...(signedIn && facts.emergencies.length > 0 ? { emergencies: facts.emergencies } : {}),
    ...(signedIn && facts.requests !== null ? { requests: facts.requests } : {}),
    ...(facts.offersBreakGlass ? { offersBreakGlass: true } : {}),
    ...update(facts),
  };
}
