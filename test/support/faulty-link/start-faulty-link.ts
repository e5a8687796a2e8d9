import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** `up` is from the client to the relay. */
export type Direction = 'up' | 'down';

/**
 * What happens to a connection when `afterBytes` have passed in one direction. The rest of that chunk is dropped.
 * `cut` resets both sides; `end` closes them in the orderly way, in the middle of a TLS record; `silence` swallows
 * everything from then on, both ways, without telling anybody.
 */
export interface Fault {
  readonly direction: Direction;
  readonly afterBytes: number;
  readonly type: 'cut' | 'end' | 'silence';
}

/** A TCP proxy on loopback that breaks as it is told. TLS passes through it opaque. */
export interface FaultyLink {
  readonly port: number;
  /** Connections accepted so far, refused ones among them. */
  readonly connections: number;
  /** Bytes that have passed in all connections. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Faults for the next connections, one each in turn; null for none. */
  plan(...faults: readonly (Fault | null)[]): void;
  /** While true, new connections are reset at once. */
  refuse: boolean;
  /** Holds every chunk back for so long. */
  delayMs: number;
  /** Does this to every open connection now. */
  breakAll(type: Fault['type']): void;
  /** Resolves when the `count`th connection since the start has been accepted. */
  didConnect(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a link to a port on 127.0.0.1. */
export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const planned: (Fault | null)[] = [];
  const passed = { up: 0, down: 0 };
  const pairs = new Set<Pair>();
  let connections = 0;
  const server = createServer({ noDelay: true });
  server.on('connection', (near: Socket) => {
    connections += 1;
    server.emit('counted');
    const fault = planned.shift() ?? null;
    if (link.refuse) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair = new Pair(near, far, fault, link, passed);
    pairs.add(pair);
    near.once('close', () => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const link = {
    port: (server.address() as AddressInfo).port,
    passed,
    refuse: false,
    delayMs: 0,
    get connections() {
      return connections;
    },
    plan: (...faults: readonly (Fault | null)[]) => void planned.splice(0, planned.length, ...faults),
    breakAll(type: Fault['type']) {
      for (const pair of pairs) pair.break(type);
    },
    async didConnect(count: number) {
      while (connections < count) await once(server, 'counted');
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const pair of pairs) pair.break('cut');
      await closed;
    },
  };
  return link;
}

class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  #silent = false;

  constructor(
    near: Socket,
    far: Socket,
    fault: Fault | null,
    link: { readonly delayMs: number },
    passed: Record<Direction, number>,
  ) {
    this.#near = near;
    this.#far = far;
    this.#join(near, far, 'up', fault, link, passed);
    this.#join(far, near, 'down', fault, link, passed);
  }

  break(type: Fault['type']): void {
    if (type === 'silence') this.#silent = true;
    for (const socket of [this.#near, this.#far]) {
      if (type === 'cut') socket.resetAndDestroy();
      else if (type === 'end') socket.end();
    }
  }

  #join(
    from: Socket,
    to: Socket,
    direction: Direction,
    fault: Fault | null,
    link: { readonly delayMs: number },
    passed: Record<Direction, number>,
  ): void {
    let left = fault?.direction === direction ? fault.afterBytes : Infinity;
    const pass = (chunk: Buffer): void => {
      if (this.#silent || to.destroyed || !to.writable) return;
      const whole = chunk.length < left;
      const part = whole ? chunk : chunk.subarray(0, left);
      left -= part.length;
      passed[direction] += part.length;
      const flows = part.length === 0 || to.write(part);
      if (!whole && fault !== null) this.break(fault.type);
      else if (!flows) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    const later = (action: () => void): void => {
      if (link.delayMs === 0) action();
      else setTimeout(action, link.delayMs);
    };
    from.on('data', (chunk: Buffer) => later(() => pass(chunk)));
    from.on('end', () => later(() => (this.#silent ? undefined : to.end())));
    from.on('error', () => from.destroy());
    from.on('close', () => later(() => (this.#silent ? undefined : to.destroy())));
  }
}
