import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import helmet from 'helmet';
import type { ToolServer } from './tool-server.ts';

/** A web app under helmet’s defaults, with a form whose post it takes from its own pages only. */
export async function startHelmetApp(): Promise<ToolServer> {
  const protect = helmet();
  const form = '<form method="post" action="/login"><input name="user" value="alice"><button>Go</button></form>';
  const server = createServer((request, response) => {
    protect(request, response, () => {
      response.setHeader('Content-Type', 'text/html');
      if (request.method !== 'POST') response.end(form);
      else void text(request).then((sent) => response.end(`<p id="got">${sent}</p>`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
