// A forward proxy that knows nothing but CONNECT (RFC 9110 §9.3.6): `<port to listen on> <port of the relay>`.
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [port, relayPort] = process.argv.slice(2).map(Number);
const server = createServer((_request, response) => response.writeHead(405).end());
server.on('connect', (_request, near, head) => {
  const far = connect({ port: relayPort ?? 0, host: '127.0.0.1', noDelay: true }, () => {
    near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    far.write(head);
    near.pipe(far).pipe(near);
  });
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
});
server.listen(port, '127.0.0.1', () => process.send?.('listening'));
process.once('disconnect', () => process.exit());
