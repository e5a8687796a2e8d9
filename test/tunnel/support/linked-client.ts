import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createTunnelClient } from '../../../client/tunnel/create-tunnel-client.ts';
import type { TunnelClient } from '../../../client/tunnel/tunnel-client.ts';
import type { Catalog } from '../../../shared/catalog.ts';
import type { UserProblem } from '../../../shared/errors.ts';
import type { ListenerDescription } from '../../../shared/tunnel/control-message.ts';
import type { TunnelState } from '../../../shared/snapshot.ts';
import type { ReconnectBackoff } from '../../../shared/tunnel/reconnect-backoff.ts';
import type { Issuer } from './start-issuer.ts';
import type { TunnelWorld } from './tunnel-world.ts';

/** A tunnel client that reaches the relay over some port, with one local listener for the echo API. */
export interface LinkedClient {
  readonly tunnel: TunnelClient;
  readonly ownListeners: readonly ListenerDescription[];
  readonly port: number;
  readonly url: string;
  readonly states: readonly TunnelState[];
  readonly problems: readonly UserProblem[];
  /** Resolves with the next change of state, or problem. */
  nextState(): Promise<void>;
  /** Resolves with the first state from now on, the present one included, that fits. */
  waitForState(status: TunnelState['status'], fits?: (state: TunnelState) => boolean): Promise<TunnelState>;
  close(): Promise<void>;
}

export interface LinkedClientOptions {
  readonly relayPort: number;
  /** 127.0.0.1 when left out. */
  readonly relayHost?: string;
  /** Delays between attempts; very short ones when left out. */
  readonly backoff?: ReconnectBackoff;
  readonly token?: string;
  readonly waitForTunnelMs?: number;
  readonly onCatalog?: (catalog: Catalog) => void;
  /** Described before its own. */
  readonly moreListeners?: readonly ListenerDescription[];
}

const authorities = new Map<string, readonly string[]>();

/** The same array for the same authority: a client keeps what it has parsed by it, a megabyte outside the heap. */
function authoritiesOf(ca: string): readonly string[] {
  const known = authorities.get(ca) ?? [ca];
  authorities.set(ca, known);
  return known;
}

/** Starts the client and dials. */
export async function startLinkedClient(
  world: Pick<TunnelWorld, 'ca'> & { readonly issuer?: Pick<Issuer, 'token'> },
  options: LinkedClientOptions,
): Promise<LinkedClient> {
  const token = options.token ?? (await world.issuer?.token('cut')) ?? '';
  const states: TunnelState[] = [];
  const problems: UserProblem[] = [];
  const accepted = new Set<Socket>();
  let wake: (() => void)[] = [];
  const tunnel = createTunnelClient({
    relayUrl: `https://${options.relayHost ?? '127.0.0.1'}:${options.relayPort}`,
    tokens: {
      present: async () => ({ scheme: 'bearer', token, dpopProof: undefined, expiresAtMs: Date.now() + 3_600_000 }),
    },
    device: { name: 'test', system: 'linux', appVersion: '0.1.0' },
    ca: authoritiesOf(world.ca),
    backoff: options.backoff ?? { firstMs: 5, longestMs: 50, jitter: 1, stableAfterMs: 60_000 },
    ...(options.waitForTunnelMs === undefined ? {} : { waitForTunnelMs: options.waitForTunnelMs }),
    onState: (state) => {
      states.push(state);
      for (const awaken of wake.splice(0)) awaken();
    },
    onCatalog: options.onCatalog ?? (() => undefined),
    onActivity: () => undefined,
    onSignInNeeded: (problem) => {
      problems.push(problem);
      for (const awaken of wake.splice(0)) awaken();
    },
  });
  const nextState = (): Promise<void> => new Promise((resolve) => (wake = [...wake, resolve]));
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted.add(socket);
    socket.once('close', () => accepted.delete(socket));
    tunnel.carry(socket, 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ownListeners = [{ id: 1, hosts: { [`127.0.0.1:${port}`]: 'echo' } }];
  tunnel.setListeners([...(options.moreListeners ?? []), ...ownListeners]);
  tunnel.open();
  return {
    tunnel,
    ownListeners,
    port,
    url: `http://127.0.0.1:${port}`,
    states,
    problems,
    nextState,
    async waitForState(status, fits = () => true) {
      for (;;) {
        const state = states.at(-1);
        if (state?.status === status && fits(state)) return state;
        await nextState();
      }
    },
    async close() {
      await tunnel.close();
      const closed = once(server, 'close');
      server.close();
      for (const socket of accepted) socket.destroy();
      await closed;
    },
  };
}
