import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { WorkerSlot } from './worker-slot.ts';

/** The relay's port, whose connections go to the workers. */
export interface Acceptor {
  readonly address: AddressInfo;
  /** Takes no more connections. */
  close(): void;
}

/**
 * Listens, and gives each connection, unread, to the worker that has the fewest: tunnels stay for days, so that turns
 * alone would leave a worker that was replaced, or clients that come in step, out of balance for as long.
 * @throws the system's error when the address can't be listened on
 */
export async function acceptConnections(
  listen: { readonly host: string; readonly port: number },
  slots: readonly WorkerSlot[],
): Promise<Acceptor> {
  let turn = 0;
  const next = (): WorkerSlot | undefined => {
    turn += 1;
    const up = slots.filter((slot) => slot.isUp);
    const fewest = Math.min(...up.map((slot) => slot.connections));
    const candidates = up.filter((slot) => slot.connections === fewest);
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
