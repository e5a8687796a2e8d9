import { plainReasons } from '../../../shared/plain-reason.ts';
import { reason } from '../../../shared/reason.ts';
import { refusalText } from '../../../client/listeners/refusal.ts';
import type { ActivityEntry } from '../../../shared/activity.ts';
import { problemTexts, type ErrorCode, type UserProblem } from '../../../shared/errors.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { ConnectionState, ProfileSnapshot, SignInState, Snapshot, TunnelState } from '../../../shared/snapshot.ts';
import { sampleCatalog } from './sample-catalog.ts';

const minute = 60_000;
const hour = 60 * minute;

export function sampleProblem(code: ErrorCode, detail: string, nowMs: number): UserProblem {
  return { code, ...problemTexts[code], detail, atMs: nowMs };
}

export function signedIn(nowMs: number): Extract<SignInState, { status: 'signed-in' }> {
  return {
    status: 'signed-in',
    sinceMs: nowMs - 2 * hour,
    expiresAtMs: nowMs + 24 * minute,
    renewalProblem: null,
    bound: 'dpop',
    kept: 'keychain',
  };
}

export function openTunnel(nowMs: number): Extract<TunnelState, { status: 'open' }> {
  return { status: 'open', sinceMs: nowMs - 2 * hour, sessionId: 's-7f3a91c2', roundTripMs: 6 };
}

export function reconnecting(
  code: ErrorCode,
  detail: string,
  nowMs: number,
): Extract<TunnelState, { status: 'reconnecting' }> {
  return {
    status: 'reconnecting',
    sinceMs: nowMs - 12_000,
    attempt: 3,
    nextAttemptAtMs: nowMs + 8000,
    problem: sampleProblem(code, detail, nowMs),
  };
}

export function onConnection(
  id: string,
  port: number,
  nowMs: number,
  requestsPerSecond = 0,
): Extract<ConnectionState, { status: 'on' }> {
  return {
    status: 'on',
    sinceMs: nowMs - 2 * hour,
    port,
    address: `http://127.0.0.1:${port}`,
    gatewayAddress: `http://${id}.localhost:7100`,
    socketPath: `/home/alice/.config/Causeway/client/sockets/relay.acme.example/${id}.sock`,
    protection: 'peer-user',
    openStreams: requestsPerSecond > 0 ? 3 : 0,
    requestsPerSecond,
    latencyMs: requestsPerSecond > 0 ? 8 : null,
  };
}

export function sampleProfile(nowMs: number, change: Partial<ProfileSnapshot> = {}): ProfileSnapshot {
  return {
    id: 'acme',
    relayUrl: 'https://relay.acme.example',
    relayName: 'Acme',
    signIn: signedIn(nowMs),
    tunnel: openTunnel(nowMs),
    catalog: { status: 'ready', catalog: sampleCatalog, fetchedAtMs: nowMs - minute, problem: null },
    connections: {
      orders: onConnection('orders', 7101, nowMs, 12),
      inventory: onConnection('inventory', 7102, nowMs),
      'shipping-events': onConnection('shipping-events', 7105, nowMs, 0.4),
    },
    ports: {
      orders: { port: 7101, pinned: true },
      inventory: { port: 7102, pinned: false },
      'shipping-events': { port: 7105, pinned: false },
      'feature-flags': { port: 7110, pinned: false },
      deployments: { port: 7111, pinned: false },
    },
    favourites: ['orders', 'inventory'],
    device: { name: 'alice-laptop', system: 'Ubuntu 26.04' },
    ...change,
  };
}

export function sampleSnapshot(nowMs: number, change: Partial<Snapshot> = {}): Snapshot {
  return {
    appVersion: '0.1.0',
    settings: settingsSchema.parse({}),
    profiles: [sampleProfile(nowMs)],
    currentProfileId: 'acme',
    suggestedRelayUrl: null,
    recentRelayUrls: ['https://relay.acme.example'],
    waitForTunnelMs: 10_000,
    secretStore: { kind: 'keychain' },
    gateway: { status: 'on', port: 7100 },
    ...change,
  };
}

/** What the relay says of a request, in English and as codes. */
function sampleReason(isDenied: boolean): Pick<ActivityEntry, 'reason' | 'reasons'> {
  const reasons = isDenied
    ? [reason('no-rule', { request: 'POST /v1/refunds' }), reason('unlocked-by', { group: 'orders-admins' })]
    : [
        reason('rule-allows', {
          rule: 'orders-developers',
          methods: { all: ['GET', 'HEAD', 'PATCH'] },
          places: { and: [reason('place-under', { path: '/v1/orders' })] },
          who: { and: [reason('for-group', { group: 'developers' })] },
        }),
      ];
  return { reason: plainReasons(reasons), reasons };
}

/** Requests of the last minute, oldest first, with every kind of outcome among them. */
export function sampleActivity(nowMs: number, count = 60): ActivityEntry[] {
  return Array.from({ length: count }, (_, index): ActivityEntry => {
    const denied = index % 9 === 4;
    const failed = index % 13 === 7;
    const write = index % 3 === 1;
    return {
      requestId: `01JD${String(index).padStart(6, '0')}Q8ZK`,
      timeMs: nowMs - (count - index) * 900,
      api: index % 4 === 3 ? 'inventory' : 'orders',
      method: denied ? 'POST' : write ? 'PATCH' : 'GET',
      path: denied ? '/v1/refunds' : index % 4 === 3 ? '/v1/items?warehouse=lyon' : `/v1/orders/${4700 + index}`,
      decision: denied ? 'deny' : 'allow',
      rule: denied ? 'orders-refunds' : index % 4 === 3 ? 'inventory-everybody' : 'orders-developers',
      ...sampleReason(denied),
      unlockedBy: denied ? ['orders-admins'] : [],
      status: denied ? 403 : index === count - 1 ? null : failed ? 502 : 200,
      outcome: index === count - 1 ? 'pending' : 'completed',
      durationMs: index === count - 1 ? null : 4 + ((index * 7) % 23),
      requestBytes: write ? 214 : 0,
      responseBytes: denied ? 412 : 1834 + index * 97,
    };
  });
}

/** What the activity says of local connections that were turned away. */
export function refusedConnections(nowMs: number): ActivityEntry {
  return {
    requestId: 'refused-connection-1',
    timeMs: nowMs - 300,
    api: 'orders',
    method: '',
    path: 'refused connection',
    decision: 'deny',
    rule: null,
    reason: refusalText('other-user'),
    unlockedBy: [],
    status: null,
    outcome: 'aborted',
    durationMs: null,
    requestBytes: 0,
    responseBytes: 0,
    connections: 3,
  };
}

/** Where the app keeps logs, and the crash files of earlier runs. */
export function sampleFiles(nowMs: number, crashes: number): NonNullable<Snapshot['files']> {
  const home = '/home/alice';
  return {
    logs: `${home}/.local/state/causeway-app/logs`,
    crashes: {
      folder: `${home}/.config/Causeway/Crashpad`,
      count: crashes,
      lastAtMs: crashes === 0 ? null : nowMs - 26 * hour,
    },
  };
}
