// A plain reverse proxy as one writes it with node:http: keep-alive to the upstream, no policy, no audit, no TLS.
import { Agent, createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

const { upstreamPort } = JSON.parse(process.argv[2] ?? '{}') as { upstreamPort: number };
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  const outgoing = forward({ agent, host: '127.0.0.1', port: upstreamPort, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  response.on('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  request.pipe(outgoing);
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
