import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import type { Witness } from './start-witness.ts';

/** Listens on loopback; `connections` are those that are open, which an end destroys. */
export async function listenAsWitness(
  server: Pick<Server, 'listen' | 'address' | 'close' | 'once'>,
  connections: ReadonlySet<{ destroy(): void }>,
): Promise<Witness> {
  const listening = once(server as Server, 'listening');
  server.listen(0, '127.0.0.1');
  await listening;
  const dropConnections = (): void => {
    for (const connection of connections) connection.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropConnections,
    async close() {
      const closed = once(server as Server, 'close');
      server.close();
      dropConnections();
      await closed;
    },
  };
}
