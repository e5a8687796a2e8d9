// Holds TCP connections to itself that do nothing: two lines each in the kernel's table. Prints {"sockets"}.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

const { sockets } = JSON.parse(process.argv[2] ?? '{}') as { sockets: number };
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
for (let held = 0; held < sockets; held += 2) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
}
console.log(JSON.stringify({ sockets }));
process.once('SIGTERM', () => process.exit(0));
