// A server of small JSON that does nothing else: with Node's HTTP server as the relay has it, or with the same parser
// on bare sockets, which writes an answer of fixed bytes. Prints {"port": number}.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Http1Answer } from '../../relay/http/streams/http1-answer.ts';
import { HTTPParser } from './http-parser.ts';

/** Servers that are compared. */
export type ServerKind = 'node-server' | 'parser-on-sockets';

const { kind } = JSON.parse(process.argv[2] ?? '{}') as { kind: ServerKind };
const body = Buffer.from(JSON.stringify({ id: 4711, customer: 'Nordwind Logistik', status: 'shipped' }));
const headers = ['content-type', 'application/json', 'content-length', String(body.length), 'x-request-id', '4711'];

function serveOnSocket(socket: Socket): void {
  const lines = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  const answer = `HTTP/1.1 200 OK\r\n${lines}\r\n${body.toString('latin1')}`;
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {});
  parser[HTTPParser.kOnHeadersComplete] = (): number => {
    socket.write(answer, 'latin1');
    return 0;
  };
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => {
    if (parser.execute(bytes) instanceof Error) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
}

const server: Server =
  kind === 'node-server'
    ? createHttpServer(
        { ServerResponse: Http1Answer, keepAliveTimeout: 0, requestTimeout: 0 },
        (_request, response) => {
          response.writeHead(200, 'OK', headers);
          response.end(body);
        },
      )
    : createServer(serveOnSocket);
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
