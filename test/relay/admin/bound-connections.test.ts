import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundConnections } from '../../../relay/admin/bound-connections.ts';

const most = 3;
let server: Server;
let port: number;
let opened: Socket[];
beforeEach(async () => {
  opened = [];
  const connections = boundConnections(most);
  server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.headers.authorization !== undefined) connections.keep(request.socket);
    response.end('answered');
  });
  connections.watch(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  for (const socket of opened) socket.destroy();
  server.close();
  server.closeAllConnections();
});

/** Opens a connection that says nothing, once the server has it. */
async function silent(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  opened.push(socket);
  socket.on('error', () => undefined);
  await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close');
}

/** Asks at a connection that stays open. */
function ask(agent: Agent, headers = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, agent, headers }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    });
    sent.once('error', reject).end();
  });
}

const keptAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });
const token = { authorization: 'Bearer t' };

it('a new connection gets in however many are silent, and the oldest goes', async () => {
  const [oldest, ...others] = [await silent(), await silent(), await silent()];
  const gone = once(oldest, 'close');
  const agent = keptAlive();
  expect(await ask(agent)).toBe('answered');
  await gone;
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  agent.destroy();
});

it('a connection of a known caller stays, and a flood pushes out itself', async () => {
  const agent = keptAlive();
  expect(await ask(agent, token)).toBe('answered');
  const connections: Socket[] = [];
  for (let count = 0; count < 20; count += 1) connections.push(await silent());
  await Promise.all(connections.slice(0, -2).map((socket) => closed(socket)));
  server.once('connection', () => expect.unreachable('the connection was not kept'));
  expect(await ask(agent, token)).toBe('answered');
  agent.destroy();
});

it('nobody new gets in while all connections are of known callers, and somebody does when one of them goes', async () => {
  const agents = Array.from({ length: most }, keptAlive);
  for (const agent of agents) await ask(agent, token);
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  const left = new Promise((resolve) => {
    server.getConnections((_error, before) => {
      const look = setInterval(() => {
        server.getConnections((_failed, now) => {
          if (now >= before) return;
          clearInterval(look);
          resolve(null);
        });
      }, 10);
      agents[0]?.destroy();
    });
  });
  await left;
  const late = keptAlive();
  expect(await ask(late)).toBe('answered');
  for (const agent of [...agents, late]) agent.destroy();
});
