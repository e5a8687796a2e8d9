import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { WorkerSlot } from './worker-slot.ts';

/** The relay's port, whose connections go to the workers. */
export interface Acceptor {
  readonly address: AddressInfo;
  /** Takes no more connections. */
  close(): void;
}

/** A client keeps some idle connections beside its tunnel; they must not count for more than one. */
const tunnelWeight = 16;

/** Those that may be given connections: drained ones only while there is no other. */
function takers(slots: readonly WorkerSlot[]): readonly WorkerSlot[] {
  const up = slots.filter((slot) => slot.isUp);
  const staying = up.filter((slot) => !slot.isAway);
  return staying.length > 0 ? staying : up;
}

/**
 * Listens, and gives each connection, unread, to the worker that has least to carry: tunnels stay for days, so that turns
 * alone would leave a worker that was replaced, or clients that come in step, out of balance for as long.
 * @param tunnelsOf connections that are tunnels; they weigh more than those that may be over in a moment
 * @throws the system's error when the address can't be listened on
 */
export async function acceptConnections(
  listen: { readonly host: string; readonly port: number },
  slots: readonly WorkerSlot[],
  tunnelsOf: (slot: WorkerSlot) => number,
): Promise<Acceptor> {
  let turn = 0;
  const next = (): WorkerSlot | undefined => {
    turn += 1;
    const up = takers(slots);
    const loads = up.map((slot) => slot.connections + (tunnelWeight - 1) * tunnelsOf(slot));
    const least = Math.min(...loads);
    const candidates = up.filter((_slot, index) => loads[index] === least);
    return candidates[turn % candidates.length];
  };
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    // It may break before a worker has it; nothing is lost then.
    socket.on('error', () => undefined);
    const slot = next();
    if (slot === undefined) socket.destroy();
    else slot.give(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  // A connection that breaks while it is accepted is no failure of the relay.
  server.on('error', () => undefined);
  return {
    address: server.address() as AddressInfo,
    close: () => void server.close(),
  };
}
