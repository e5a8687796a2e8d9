import type { Socket } from 'node:net';
import { join } from 'node:path';
import PQueue from 'p-queue';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ListenerDescription } from '../../shared/tunnel/control-message.ts';
import { apiNames } from '../listeners/api-names.ts';
import { choosePort } from '../listeners/choose-port.ts';
import { type Gateway, gatewayListenerId, type GatewayUser } from '../listeners/gateway.ts';
import type { LoopbackListener } from '../listeners/loopback-listener.ts';
import { openChosenPort, type OpenedPort } from '../listeners/open-chosen-port.ts';
import { tellsPeerUser } from '../listeners/peer-user.ts';
import type { Refusal } from '../listeners/refusal.ts';
import { canListenAt, openUnixListener, type UnixListener } from '../listeners/unix-listener.ts';
import { accessKeyHash, type AccessKeys } from './access-keys.ts';
import { text } from '../../shared/messages/text.ts';

/** One API's local listener as the profile keeps it. */
export type Connection =
  | { readonly status: 'opening' }
  | {
      readonly status: 'on';
      readonly sinceMs: number;
      readonly listener: LoopbackListener;
      /** Why it isn't at the API's own port this time; null when it is. */
      readonly moved: AccessError | null;
      /** Whether IT has set its port. */
      readonly isManagedPort: boolean;
      readonly listenerId: number;
      /** Null where the system or its path's length doesn't allow one, or its place is taken. */
      readonly socket: { readonly listener: UnixListener; readonly listenerId: number } | null;
      /** What requests to the ports must carry, as the relay is told; null for nothing. */
      readonly keyHash: string | null;
      readonly protection: 'peer-user' | 'access-key' | 'none';
    }
  | { readonly status: 'failed'; readonly problem: UserProblem };

type Guard = Pick<Extract<Connection, { status: 'on' }>, 'keyHash' | 'protection'>;

export interface ConnectionsOptions {
  readonly record: () => ProfileRecord;
  /** Replaces what is remembered of ports and of connected APIs. */
  readonly remember: (change: Partial<Pick<ProfileRecord, 'ports' | 'connected'>>) => void;
  readonly entry: (api: string) => CatalogEntry | undefined;
  /** The port that IT has set for an API. */
  readonly managedPort: (api: string) => number | undefined;
  /** Ports that other APIs, of any profile, or the gateway have. */
  readonly reservedPorts: () => ReadonlySet<number>;
  /** Those of other profiles, and the gateway's. */
  readonly othersPorts: () => ReadonlySet<number>;
  readonly gateway: Gateway;
  /** Settles what the API is called, the first time that it is connected. */
  readonly claimNames: (api: string) => void;
  readonly accessKeys: Pick<AccessKeys, 'keyOf' | 'set'>;
  /** Where the APIs' Unix sockets are. */
  readonly socketFolder: string;
  readonly carry: (socket: Socket, listenerId: number) => void;
  /** A connection to the API, or to `*.localhost`, was turned away. */
  readonly onRefused: (api: string, refusal: Refusal) => void;
  /** The set of open listeners, or the state of one, has changed. */
  readonly onChange: () => void;
  readonly now: () => number;
}

/** Local listeners of one profile's APIs. Work on one API runs in order; different APIs don't wait for each other. */
export interface Connections {
  readonly all: ReadonlyMap<string, Connection>;
  /** What the relay must know of the open listeners to judge `Host`. */
  descriptions(): ListenerDescription[];
  gatewayAddress(api: string): string | null;
  /** @throws AccessError `port-taken` */
  connect(api: string): Promise<void>;
  disconnect(api: string): Promise<void>;
  /** @throws AccessError `managed`, or `port-taken`, when the old port is already let go */
  setPort(api: string, port: number | null): Promise<void>;
  /** IT has set other ports: moves open listeners there; a port that is taken shows in the connection’s own state. */
  didManagePorts(): void;
  /** Wants an access key, a fresh one, or none; an open listener stays open. */
  setAccessKey(api: string, wanted: boolean): Promise<void>;
  /** Closes all listeners; what is remembered stays. */
  close(): Promise<void>;
}

/** See {@link Connections}. */
export function createConnections(options: ConnectionsOptions): Connections {
  const all = new Map<string, Connection>();
  const ids = new Map<string, number>();
  const queues = new Map<string, PQueue>();
  const gatewayUser: GatewayUser = {
    owns: (host) => {
      const state = options.gateway.state();
      const ending = state.status === 'on' ? `:${state.port}` : '';
      const name = host.endsWith(ending) ? host.slice(0, host.length - ending.length) : '';
      const [api = ''] = name.split('.', 1);
      return all.get(api)?.status === 'on' && apiNames(api, options.record()).all.includes(name);
    },
    carry: options.carry,
    refused: (refusal) => options.onRefused('*.localhost', refusal),
  };
  let nextId = gatewayListenerId + 1;

  function inOrder<T>(api: string, work: () => Promise<T>): Promise<T> {
    const queue = queues.get(api) ?? new PQueue({ concurrency: 1 });
    queues.set(api, queue);
    return queue.add(work);
  }

  function set(api: string, connection: Connection | null): void {
    if (connection) all.set(api, connection);
    else all.delete(api);
    options.onChange();
  }

  function idOf(api: string): number {
    const id = ids.get(api) ?? nextId++;
    ids.set(api, id);
    return id;
  }

  async function guardOf(api: string): Promise<Guard> {
    const key = await options.accessKeys.keyOf(api);
    if (key !== null) return { keyHash: accessKeyHash(key), protection: 'access-key' };
    return { keyHash: null, protection: (await tellsPeerUser()) ? 'peer-user' : 'none' };
  }

  /** The socket comes besides the ports: an API without one is still connected. */
  async function openSocket(api: string): Promise<Extract<Connection, { status: 'on' }>['socket']> {
    const path = join(options.socketFolder, `${api}.sock`);
    if (!canListenAt(path)) return null;
    const listenerId = idOf(`${api}.sock`);
    try {
      const listener = await openUnixListener({
        path,
        onConnection: (socket) => options.carry(socket, listenerId),
        onRefused: (refusal) => options.onRefused(api, refusal),
      });
      return { listener, listenerId };
    } catch {
      // Taken by another process, or a folder that can't be used.
      return null;
    }
  }

  async function open(api: string): Promise<void> {
    if (all.get(api)?.status === 'on') return;
    set(api, { status: 'opening' });
    const listenerId = idOf(api);
    options.claimNames(api);
    const managed = options.managedPort(api);
    const { record, entry, reservedPorts, othersPorts } = options;
    const choice = choosePort(api, record(), entry(api), reservedPorts(), othersPorts(), managed);
    let opened: OpenedPort;
    let guard: Guard;
    try {
      guard = await guardOf(api);
      opened = await openChosenPort(choice, {
        purpose: api,
        onConnection: (socket) => options.carry(socket, listenerId),
        onRefused: (refusal) => options.onRefused(api, refusal),
      });
    } catch (error) {
      set(api, { status: 'failed', problem: toUserProblem(error, options.now()) });
      throw error;
    }
    const { listener, moved } = opened;
    // The API's own port stays remembered: it has it again when whoever is there now has gone.
    if (moved === null && managed === undefined) {
      const port = { port: listener.port, pinned: choice.type === 'fixed' };
      options.remember({ ports: { ...options.record().ports, [api]: port } });
    }
    const socket = await openSocket(api);
    const isManagedPort = managed !== undefined;
    set(api, { status: 'on', sinceMs: options.now(), listener, moved, isManagedPort, listenerId, socket, ...guard });
    await options.gateway.join(gatewayUser);
  }

  async function shut(api: string): Promise<void> {
    const connection = all.get(api);
    set(api, null);
    if (connection?.status === 'on') {
      await Promise.all([connection.listener.close(), connection.socket?.listener.close()]);
    }
    if (![...all.values()].some((other) => other.status === 'on')) await options.gateway.leave(gatewayUser);
  }

  function rememberConnected(api: string, connected: boolean): void {
    const others = options.record().connected.filter((other) => other !== api);
    options.remember({ connected: connected ? [...others, api] : others });
  }

  function gatewayDescription(): ListenerDescription[] {
    const state = options.gateway.state();
    const on = [...all].flatMap(([api, connection]) =>
      connection.status === 'on' ? [{ api, keyHash: connection.keyHash }] : [],
    );
    if (state.status !== 'on' || !options.gateway.serves(gatewayUser) || on.length === 0) return [];
    const keys = on.flatMap(({ api, keyHash }) => (keyHash === null ? [] : [[api, keyHash] as const]));
    return [
      {
        id: gatewayListenerId,
        hosts: Object.fromEntries(
          on.flatMap(({ api }) => apiNames(api, options.record()).all.map((name) => [`${name}:${state.port}`, api])),
        ),
        ...(keys.length === 0 ? {} : { accessKeys: Object.fromEntries(keys) }),
      },
    ];
  }

  return {
    all,
    descriptions() {
      const described = gatewayDescription();
      for (const [api, connection] of all) {
        if (connection.status !== 'on') continue;
        const { port } = connection.listener;
        described.push({
          id: connection.listenerId,
          hosts: Object.fromEntries(['127.0.0.1', 'localhost', '[::1]'].map((host) => [`${host}:${port}`, api])),
          ...(connection.keyHash === null ? {} : { accessKeys: { [api]: connection.keyHash } }),
        });
        // The socket's file mode keeps others out, so that nothing needs a key there.
        if (connection.socket === null) continue;
        described.push({
          id: connection.socket.listenerId,
          hosts: { localhost: api, [`${api}.localhost`]: api },
        });
      }
      return described;
    },
    gatewayAddress(api) {
      const state = options.gateway.state();
      return state.status === 'on' && options.gateway.serves(gatewayUser)
        ? `http://${apiNames(api, options.record()).shown}:${state.port}`
        : null;
    },
    connect: (api) =>
      inOrder(api, async () => {
        rememberConnected(api, true);
        await open(api);
      }),
    disconnect: (api) =>
      inOrder(api, async () => {
        rememberConnected(api, false);
        await shut(api);
      }),
    setPort: (api, port) =>
      inOrder(api, async () => {
        if (options.managedPort(api) !== undefined) {
          throw new AccessError('managed', text('managed.port', { api: options.entry(api)?.name ?? api }));
        }
        const wasOpen = all.has(api);
        const { [api]: known, ...others } = options.record().ports;
        if (port !== null && [...options.reservedPorts()].includes(port) && known?.port !== port) {
          throw new AccessError('port-taken', text('failure.port-reserved', { port: String(port) }));
        }
        options.remember({ ports: port === null ? others : { ...others, [api]: { port, pinned: true } } });
        if (wasOpen) {
          await shut(api);
          await open(api);
        } else options.onChange();
      }),
    didManagePorts() {
      for (const [api, connection] of all) {
        const managed = options.managedPort(api);
        const isRight =
          connection.status === 'on' &&
          (managed === undefined ? !connection.isManagedPort : connection.listener.port === managed);
        if (isRight || connection.status === 'opening') continue;
        // A port that is taken shows in the connection’s own state.
        inOrder(api, async () => {
          await shut(api);
          await open(api);
        }).catch(() => undefined);
      }
    },
    setAccessKey: (api, wanted) =>
      inOrder(api, async () => {
        await options.accessKeys.set(api, wanted);
        const connection = all.get(api);
        if (connection?.status === 'on') set(api, { ...connection, ...(await guardOf(api)) });
        else options.onChange();
      }),
    async close() {
      await Promise.all([...all.keys()].map((api) => inOrder(api, () => shut(api))));
    },
  };
}
