import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { expect, test } from 'vitest';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { openTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld } from './support/tunnel-world.ts';

test('strangers who ask for tunnels use up none of the handshakes that people may have', async () => {
  const world = await startTunnelWorld({ limits: { max_handshakes_per_second: 1 } });
  try {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const ask = async (authorization: Readonly<Record<string, string>>): Promise<number | undefined> => {
      const headers = {
        ...upgrade,
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': tunnelProtocol,
        ...authorization,
      };
      const call = request(`${world.relayUrl}${tunnelPath}`, { ca: world.ca, agent: false, headers });
      call.end();
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    const statuses = new Set<number | undefined>();
    for (let count = 0; count < 10; count += 1) {
      statuses.add(await ask({}));
      statuses.add(await ask({ authorization: 'Bearer e30.e30.e30' }));
    }
    expect([...statuses]).toEqual([401]);
    const tunnel = await openTunnel(world, 'ann');
    await tunnel.close();
  } finally {
    await world.close();
  }
});
