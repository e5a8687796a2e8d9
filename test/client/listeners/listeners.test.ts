import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { choosePort } from '../../../client/listeners/choose-port.ts';
import { createGateway } from '../../../client/listeners/gateway.ts';
import { type LoopbackListener, openLoopbackListener } from '../../../client/listeners/loopback-listener.ts';
import { openChosenPort } from '../../../client/listeners/open-chosen-port.ts';
import { freePort } from '../../support/free-port.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function kept(listener: LoopbackListener): LoopbackListener {
  closers.push(() => listener.close());
  return listener;
}

async function squat(port: number, host: string): Promise<Server> {
  const server = createServer().listen({ port, host });
  await once(server, 'listening');
  closers.push(() => server.close());
  return server;
}

async function call(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const ignore = { purpose: 'orders', onConnection: () => undefined };

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])(
  'a port squatted on %s is an error that names the holder',
  async (host) => {
    const port = await freePort();
    await squat(port, host);
    const error = await openLoopbackListener({ ...ignore, port }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'port-taken',
      message: `Port ${port}, for orders, is used by Causeway itself.`,
    });
  },
);

test.each(['127.0.0.1', '::1'])('when %s is taken, the other address isn’t left open', async (host) => {
  const port = await freePort();
  await squat(port, host);
  await openLoopbackListener({ ...ignore, port }).catch(() => undefined);
  const other = host === '::1' ? '127.0.0.1' : '::1';
  await expect(call(other, port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a fixed port that is taken never moves', async () => {
  const port = await freePort();
  await squat(port, '127.0.0.1');
  await expect(openChosenPort({ type: 'fixed', port }, ignore)).rejects.toMatchObject({
    code: 'port-taken',
  });
});

test('a preferred port gives way only while somebody has it, and who that is is told', async () => {
  const [port, other] = [await freePort(), await freePort()];
  const choice = { type: 'preferred', port, candidates: [port, other] } as const;
  const squatter = await squat(port, '::1');
  const moved = await openChosenPort(choice, ignore);
  kept(moved.listener);
  expect([moved.listener.port, moved.moved?.message]).toEqual([
    other,
    `Port ${port}, for orders, is used by Causeway itself.`,
  ]);
  squatter.close();
  await once(squatter, 'close');
  const own = await openChosenPort(choice, ignore);
  kept(own.listener);
  expect([own.listener.port, own.moved]).toEqual([port, null]);
});

test('of many that are taken the first free one is opened, and nobody looks for who has the others', async () => {
  const taken = await Promise.all([freePort(), freePort(), freePort()]);
  for (const port of taken) await squat(port, '127.0.0.1');
  const free = await freePort();
  const holderOf = vi.fn(async () => null);
  const choice = { type: 'free', candidates: [...taken, free] } as const;
  const opened = await openChosenPort(choice, { ...ignore, holderOf });
  kept(opened.listener);
  expect([opened.listener.port, opened.moved]).toEqual([free, null]);
  expect(holderOf).not.toHaveBeenCalled();
});

test('an open port can’t be taken by somebody else', async () => {
  const { port } = kept(await openLoopbackListener({ ...ignore, port: await freePort() }));
  await expect(squat(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('both loopback addresses answer, and no other address of this computer', async () => {
  const accepted: Socket[] = [];
  const port = await freePort();
  kept(await openLoopbackListener({ purpose: 'orders', port, onConnection: (socket) => void accepted.push(socket) }));
  await call('127.0.0.1', port);
  await call('::1', port);
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && !address.address.startsWith('fe80'))
    .map((address) => address?.address ?? '');
  for (const host of ['127.0.0.2', ...others]) await expect(call(host, port)).rejects.toThrow();
});

test('a connection is handed on paused, with every byte still to be read', async () => {
  const got = Promise.withResolvers<Socket>();
  const port = await freePort();
  kept(await openLoopbackListener({ purpose: 'orders', port, onConnection: got.resolve }));
  const caller = await call('127.0.0.1', port);
  caller.write('first bytes');
  const socket = await got.promise;
  expect(socket.isPaused()).toBe(true);
  socket.resume();
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('first bytes');
});

test.each([
  { owner: 'other', says: '', told: ['other-user'] },
  { owner: 'unknown', says: 'GET / HTTP/1.1\r\n', told: ['unknown-owner'] },
  // As tools do that only look whether the port is open.
  { owner: 'unknown', says: '', told: [] },
] as const)('a connection of $owner that says “$says” is told as $told', async ({ owner, says, told }) => {
  const refusals: string[] = [];
  const port = await freePort();
  kept(
    await openLoopbackListener({
      ...ignore,
      port,
      onRefused: (refusal) => void refusals.push(refusal),
      peerOwner: async () => owner,
    }),
  );
  const caller = await call('127.0.0.1', port);
  caller.on('error', () => undefined).resume();
  caller.end(says);
  await once(caller, 'close');
  expect(refusals).toEqual(told);
});

test('a connection of another user is cut before anybody sees it', async () => {
  let seen = 0;
  const port = await freePort();
  kept(
    await openLoopbackListener({
      purpose: 'orders',
      port,
      onConnection: () => void (seen += 1),
      peerOwner: async () => 'other',
    }),
  );
  const caller = await call('127.0.0.1', port);
  caller.resume();
  await once(caller, 'close');
  expect(seen).toBe(0);
});

test('closing cuts open connections and frees the port', async () => {
  const port = await freePort();
  const got = Promise.withResolvers<Socket>();
  const listener = await openLoopbackListener({ purpose: 'orders', port, onConnection: got.resolve });
  const caller = await call('127.0.0.1', port);
  await got.promise;
  const cut = once(caller, 'close');
  caller.on('error', () => undefined).resume();
  await Promise.all([listener.close(), listener.close()]);
  await cut;
  kept(await openLoopbackListener({ ...ignore, port }));
});

test('a port is chosen by pin, then suggestion, then memory, then the first free one that nobody has', () => {
  const ports = { orders: { port: 7200, pinned: false } };
  const pinned = { orders: { port: 7300, pinned: true } };
  const none = new Set<number>();
  expect(choosePort('orders', { ports: pinned }, { suggestedPort: 7101 }, none)).toEqual({ type: 'fixed', port: 7300 });
  expect(choosePort('orders', { ports }, { suggestedPort: 7101 }, none)).toMatchObject({
    type: 'preferred',
    port: 7101,
  });
  expect(choosePort('orders', { ports }, {}, none)).toMatchObject({ type: 'preferred', port: 7200 });
  const free = choosePort('orders', { ports: {} }, {}, new Set([7101, 7103]));
  expect(free.type === 'free' && free.candidates.slice(0, 2)).toEqual([7102, 7104]);
});

test('a free port is the first candidate that can be held', async () => {
  const [taken, free] = [await freePort(), await freePort()];
  await squat(taken, '::1');
  const { listener } = await openChosenPort({ type: 'free', candidates: [taken, free] }, ignore);
  kept(listener);
  expect(listener.port).toBe(free);
});

test('the gateway is open while somebody has connections; each gets its names, the first profile that came all else', async () => {
  const port = await freePort();
  const carried: string[] = [];
  let got = Promise.withResolvers<void>();
  const user = (name: string) => ({
    owns: (host: string) => host === `orders.${name}.localhost:${port}`,
    carry: (socket: Socket, id: number) => {
      carried.push(`${name} ${id}`);
      socket.destroy();
      got.resolve();
    },
  });
  const gateway = createGateway({ port, onChange: () => undefined, now: Date.now });
  closers.push(() => gateway.close());
  const [first, second] = [user('first'), user('second')];
  await gateway.join(first);
  await gateway.join(second);
  expect([gateway.state(), gateway.serves(first), gateway.serves(second)]).toEqual([
    { status: 'on', port },
    true,
    true,
  ]);
  for (const host of ['orders.second.localhost', 'orders.first.localhost', 'orders.localhost']) {
    const caller = await call('127.0.0.1', port);
    caller.on('error', () => undefined).write(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
    await got.promise;
    got = Promise.withResolvers<void>();
  }
  expect(carried).toEqual(['second 1', 'first 1', 'first 1']);
  await gateway.leave(first);
  expect(gateway.serves(second)).toBe(true);
  await gateway.leave(second);
  expect(gateway.state()).toEqual({ status: 'off' });
});

test('a gateway port that is taken is a state with the holder, and another port helps', async () => {
  const [taken, free] = [await freePort(), await freePort()];
  await squat(taken, '127.0.0.1');
  const gateway = createGateway({ port: taken, onChange: () => undefined, now: Date.now });
  closers.push(() => gateway.close());
  const user = { owns: () => true, carry: (socket: Socket) => void socket.destroy() };
  await gateway.join(user);
  expect(gateway.state()).toMatchObject({ status: 'failed', problem: { code: 'port-taken' } });
  expect(gateway.serves(user)).toBe(false);
  await gateway.setPort(free);
  expect(gateway.state()).toEqual({ status: 'on', port: free });
});
