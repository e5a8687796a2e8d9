import type { Socket } from 'node:net';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ListenerDescription } from '../../shared/tunnel/control-message.ts';
import { choosePort } from '../listeners/choose-port.ts';
import { type Gateway, gatewayListenerId } from '../listeners/gateway.ts';
import type { LoopbackListener } from '../listeners/loopback-listener.ts';
import { openChosenPort } from '../listeners/open-chosen-port.ts';

/** One API's local listener as the profile keeps it. */
export type Connection =
  | { readonly status: 'opening' }
  | {
      readonly status: 'on';
      readonly sinceMs: number;
      readonly listener: LoopbackListener;
      readonly listenerId: number;
    }
  | { readonly status: 'failed'; readonly problem: UserProblem };

export interface ConnectionsOptions {
  readonly record: () => ProfileRecord;
  /** Replaces what is remembered of ports and of connected APIs. */
  readonly remember: (change: Partial<Pick<ProfileRecord, 'ports' | 'connected'>>) => void;
  readonly entry: (api: string) => CatalogEntry | undefined;
  /** Ports that other APIs, of any profile, or the gateway have. */
  readonly reservedPorts: () => ReadonlySet<number>;
  readonly gateway: Gateway;
  readonly carry: (socket: Socket, listenerId: number) => void;
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
  /** @throws AccessError `port-taken`; the old port is then already let go */
  setPort(api: string, port: number | null): Promise<void>;
  /** Closes all listeners; what is remembered stays. */
  close(): Promise<void>;
}

/** See {@link Connections}. */
export function createConnections(options: ConnectionsOptions): Connections {
  const all = new Map<string, Connection>();
  const ids = new Map<string, number>();
  const queues = new Map<string, Promise<unknown>>();
  const gatewayUser = { carry: options.carry };
  let nextId = gatewayListenerId + 1;

  function inOrder<T>(api: string, work: () => Promise<T>): Promise<T> {
    const run = (queues.get(api) ?? Promise.resolve()).then(work);
    queues.set(
      api,
      run.catch(() => undefined),
    );
    return run;
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

  async function open(api: string): Promise<void> {
    if (all.get(api)?.status === 'on') return;
    set(api, { status: 'opening' });
    const listenerId = idOf(api);
    const choice = choosePort(api, options.record(), options.entry(api), options.reservedPorts());
    let listener: LoopbackListener;
    try {
      listener = await openChosenPort(choice, {
        purpose: api,
        onConnection: (socket) => options.carry(socket, listenerId),
      });
    } catch (error) {
      set(api, { status: 'failed', problem: toUserProblem(error, options.now()) });
      throw error;
    }
    const pinned = choice.type === 'fixed' && choice.pinned;
    options.remember({ ports: { ...options.record().ports, [api]: { port: listener.port, pinned } } });
    set(api, { status: 'on', sinceMs: options.now(), listener, listenerId });
    await options.gateway.join(gatewayUser);
  }

  async function shut(api: string): Promise<void> {
    const connection = all.get(api);
    set(api, null);
    if (connection?.status === 'on') await connection.listener.close();
    if (![...all.values()].some((other) => other.status === 'on')) await options.gateway.leave(gatewayUser);
  }

  function rememberConnected(api: string, connected: boolean): void {
    const others = options.record().connected.filter((other) => other !== api);
    options.remember({ connected: connected ? [...others, api] : others });
  }

  function hostsOf(): Record<string, string> {
    const state = options.gateway.state();
    if (state.status !== 'on' || !options.gateway.serves(gatewayUser)) return {};
    const apis = [...all].filter(([, connection]) => connection.status === 'on').map(([api]) => api);
    return Object.fromEntries(apis.map((api) => [`${api}.localhost:${state.port}`, api]));
  }

  return {
    all,
    descriptions() {
      const gatewayHosts = hostsOf();
      const described: ListenerDescription[] =
        Object.keys(gatewayHosts).length === 0 ? [] : [{ id: gatewayListenerId, hosts: gatewayHosts }];
      for (const [api, connection] of all) {
        if (connection.status !== 'on') continue;
        const { port } = connection.listener;
        described.push({
          id: connection.listenerId,
          hosts: Object.fromEntries(['127.0.0.1', 'localhost', '[::1]'].map((host) => [`${host}:${port}`, api])),
        });
      }
      return described;
    },
    gatewayAddress(api) {
      const state = options.gateway.state();
      return state.status === 'on' && options.gateway.serves(gatewayUser)
        ? `http://${api}.localhost:${state.port}`
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
        const wasOpen = all.has(api);
        const { [api]: known, ...others } = options.record().ports;
        if (port !== null && [...options.reservedPorts()].includes(port) && known?.port !== port) {
          throw new AccessError('port-taken', `Port ${port} already belongs to another API or to the gateway.`);
        }
        options.remember({ ports: port === null ? others : { ...others, [api]: { port, pinned: true } } });
        if (wasOpen) {
          await shut(api);
          await open(api);
        } else options.onChange();
      }),
    async close() {
      await Promise.all([...all.keys()].map((api) => inOrder(api, () => shut(api))));
    },
  };
}
