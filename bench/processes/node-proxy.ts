// A plain reverse proxy as one writes it with node:http: keep-alive to the upstream, no policy, no audit, no TLS.
import { Agent, createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

const { upstreamPort } = JSON.parse(process.argv[2] ?? '{}') as { upstreamPort: number };
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const server = createServer((request, response) => {
  const outgoing = forward(
    {
      agent,
      host: '127.0.0.1',
      port: upstreamPort,
      method: request.method,
      path: request.url,
      headers: request.headers,
    },
    (answer) => {
      if (response.destroyed) {
        answer.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, (error) => {
        if (error) response.destroy();
      });
    },
  );
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  pipeline(request, outgoing, (error) => {
    if (error) outgoing.destroy();
  });
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
