// The API behind every system: small JSON, a download of any size, and a sink for uploads. Prints {"port": number}; listens
// at the Unix socket `socketPath` too, where the input names one.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const { socketPath } = JSON.parse(process.argv[2] ?? '{}') as { socketPath?: string };
const chunk = Buffer.alloc(262_144, 'causeway');
const small = Buffer.from(
  JSON.stringify({ id: 4711, customer: 'Nordwind Logistik', status: 'shipped', totalCents: 128_450 }),
);

function sendBytes(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  let left = bytes;
  const pump = (): void => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) {
        response.once('drain', pump);
        return;
      }
    }
    response.end();
  };
  pump();
}

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.url === '/small') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': small.length }).end(small);
    return;
  }
  if (request.method === 'PUT') {
    let bytes = 0;
    request.on('data', (data: Buffer) => {
      bytes += data.length;
    });
    request.on('end', () => response.end(`${bytes}\n`));
    return;
  }
  sendBytes(response, Number(request.url?.replace('/bytes/', '') ?? 0));
};
const servers = [createServer(answer), createServer(answer)] as const;
for (const server of servers) {
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
}
const [server, unixServer] = servers;
if (socketPath !== undefined) unixServer.listen(socketPath);
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
