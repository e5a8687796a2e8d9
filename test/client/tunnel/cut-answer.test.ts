import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type ListenOptions, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SocketOwner } from '../../../client/tunnel/carry-socket.ts';
import { resetCode } from '../../../shared/tunnel/protocol.ts';

/** A local connection that answers are carried to, and its caller. */
async function localConnection(at: ListenOptions): Promise<{ owner: SocketOwner; near: Socket; caller: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(at);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const address = server.address();
  const caller =
    typeof address === 'string'
      ? connect({ path: address, allowHalfOpen: true })
      : connect({ port: address?.port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
  const [near] = await accepted;
  near.on('error', () => undefined);
  onTestFinished(() => {
    near.destroy();
    caller.destroy();
    server.close();
  });
  return { owner: new SocketOwner(near, () => undefined), near, caller };
}

/** How a connection ended for its caller, and what came before. */
async function ending(caller: Socket): Promise<string> {
  let came = '';
  caller.on('data', (chunk: Buffer) => {
    came += chunk.toString();
  });
  const end = await new Promise<string>((resolve) => {
    caller.once('end', () => resolve('end'));
    caller.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
  return `${came} ${end}`;
}

const tcp = { port: 0, host: '127.0.0.1' };

test('an answer that is cut off ends in a reset', async () => {
  const { owner, caller } = await localConnection(tcp);
  owner.onData(Buffer.from('half'));
  const ended = ending(caller);
  await once(caller, 'data');
  owner.onReset(resetCode.internal, 'The API failed.');
  expect(await ended).toBe('half ECONNRESET');
});

test('an answer whose end came before the reset arrives whole, and its connection is given up', async () => {
  const { owner, near, caller } = await localConnection(tcp);
  owner.onData(Buffer.from('whole'));
  owner.onEnd();
  owner.onReset(resetCode.cancelled, 'The relay closed the connection.');
  expect(await ending(caller)).toBe('whole end');
  await once(near, 'close');
});

test('a cut answer on a Unix socket closes the connection, for there is no reset', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-cut-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { owner, near, caller } = await localConnection({ path: join(folder, 'api.sock') });
  owner.onData(Buffer.from('half'));
  const ended = ending(caller);
  await once(caller, 'data');
  owner.onReset(resetCode.internal, 'The API failed.');
  await Promise.all([ended, near.destroyed ? undefined : once(near, 'close')]);
  expect(near.destroyed).toBe(true);
});
