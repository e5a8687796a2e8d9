import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createPublicServer } from '../../../relay/http/public/create-public-server.ts';

it('a worker that others take the place of lets its connections go with their next answer', async () => {
  let isLeaving = false;
  const server = createPublicServer({
    tls: undefined,
    maxUnauthenticated: 10,
    trustedProxies: () => null,
    isLeaving: () => isLeaving,
    log: pino({ level: 'silent' }),
    onRequest: (_request, response) => void response.end('here'),
    onUpgrade: (_request, socket) => void socket.destroy(),
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  const ask = async () => {
    const [answer] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage];
    const from = answer.socket.localPort;
    answer.resume();
    await once(answer, 'end');
    return { from, connection: answer.headers.connection };
  };
  const first = await ask();
  expect(first.connection).toBe('keep-alive');
  isLeaving = true;
  expect(await ask()).toEqual({ from: first.from, connection: 'close' });
  const next = await ask();
  expect(next.from).not.toBe(first.from);
});
