// Runs in the relay's namespace: a relay, its issuer and an upstream whose answers go on as they are told over IPC.
import type { ServerResponse } from 'node:http';
import { startTunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { relayAddress } from './namespaces.ts';
import type { RelaySideMessage, ToRelaySide } from './messages.ts';

const piece = Buffer.alloc(200_000, 'a piece of a download ');
const downloads = new Set<ServerResponse>();
const events = new Set<ServerResponse>();
let number = 0;

function goOn(): void {
  number += 1;
  for (const response of downloads) response.write(piece);
  for (const response of events) response.write(`data: ${number}\n\n`);
}

const world = await startTunnelWorld({
  address: relayAddress,
  answer: ({ url, response }) => {
    const kept = url.pathname === '/download' ? downloads : url.pathname === '/events' ? events : null;
    if (kept === null) return false;
    response.writeHead(200, { 'content-type': kept === events ? 'text/event-stream' : 'application/octet-stream' });
    response.write('begin\n\n');
    kept.add(response);
    response.once('close', () => kept.delete(response));
    return true;
  },
});

function tell(message: RelaySideMessage): void {
  process.send?.(message);
}

process.on('message', (message: ToRelaySide) => {
  switch (message.type) {
    case 'go-on':
      goOn();
      return;
    case 'finish':
      for (const response of [...downloads, ...events]) response.end('end');
      return;
    case 'count':
      tell({ type: 'posts', posts: world.echo.requests.filter(({ method }) => method === 'POST').length });
      return;
    case 'stop':
      void world.close().then(() => process.exit(0));
  }
});

tell({ type: 'ready', relayPort: world.relayPort, ca: world.ca, token: await world.issuer.token('nomad') });
