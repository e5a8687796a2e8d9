import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { peerOwner } from '../../../client/listeners/peer-user.ts';
import { uidIn } from '../../../client/listeners/socket-table.ts';
import { findPortHolder } from '../../../client/listeners/port-holder.ts';
import { openLoopbackListener } from '../../../client/listeners/loopback-listener.ts';
import { parseProcNet } from '../../../client/listeners/proc-net.ts';
import { freePort } from '../../support/free-port.ts';

const onLinux = process.platform === 'linux';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const table =
  parseProcNet(`  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1BBD 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 33 1 00000000746c035b 100 0 0 10 0
   1: 0100007F:C001 0100007F:1BBD 01 00000000:00000000 00:00000000 00000000  1001        0 34 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1BBD 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 35 1 0000000000000000 20 4 30 10 -1
   3: 0200007F:C002 0100007F:1BBD 01 00000000:00000000 00:00000000 00000000  1000        0 36 1 0000000000000000 20 4 30 10 -1
`);

const ends = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', localPort: 0xc001, remotePort: 0x1bbd };

test('the peer’s user is read from the line of the peer’s own end of the connection', () => {
  expect(uidIn(table, ends)).toBe(1001);
  expect(uidIn(table, { ...ends, localPort: 0xc002 })).toBeUndefined();
  expect(uidIn(table, { ...ends, localPort: 0xc003 })).toBeUndefined();
  expect(uidIn(table, { ...ends, localPort: 0xc002, localAddress: '127.0.0.2' })).toBe(1000);
});

test('the peer of a dual-stack socket is told apart from one of the same port', () => {
  const dualStack =
    parseProcNet(`  sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000200007F:C001 0000000000000000FFFF00000100007F:1BBD 01 00000000:00000000 00:00000000 00000000  1002        0 33 1 0
   1: 0000000000000000FFFF00000100007F:C001 0000000000000000FFFF00000100007F:1BBD 01 00000000:00000000 00:00000000 00000000  1001        0 34 1 0
   2: 00000000000000000000000001000000:C001 00000000000000000000000001000000:1BBD 01 00000000:00000000 00:00000000 00000000  1003        0 35 1 0
   3: 00000000000000000000000001000000:C002 00000000000000000000000001000000:1BBD 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0
`);
  const loopback = { localAddress: '::1', remoteAddress: '::1' };
  expect(uidIn(dualStack, ends)).toBe(1001);
  expect(uidIn(dualStack, { ...ends, localAddress: '127.0.0.2' })).toBe(1002);
  expect(uidIn(dualStack, { ...ends, ...loopback })).toBe(1003);
  expect(uidIn(dualStack, { ...ends, ...loopback, localPort: 0xc002 })).toBeUndefined();
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['127.0.0.1', '::ffff:127.0.0.1'],
])('a connection of this user to %s by a socket for %s is recognised', async (address, host) => {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  closers.push(() => server.close());
  const caller = connect((server.address() as AddressInfo).port, host);
  closers.push(() => caller.destroy());
  const [accepted] = (await once(server, 'connection')) as [Socket];
  closers.push(() => accepted.destroy());
  expect(await peerOwner(accepted)).toBe('own');
});

function nobody(): number | null {
  if (!onLinux || process.getuid?.() !== 0) return null;
  return Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
}

test.runIf(nobody() !== null)('another user’s connection is cut', async () => {
  const port = await freePort();
  let seen = 0;
  const listener = await openLoopbackListener({ purpose: 'orders', port, onConnection: () => void (seen += 1) });
  closers.push(() => listener.close());
  const script = `const s=require('net').connect(${port},'127.0.0.1');s.on('error',()=>{});s.on('close',()=>process.exit(7));s.resume()`;
  const child = spawn('/usr/bin/env', ['node', '-e', script], { uid: nobody() ?? 0, stdio: 'ignore', cwd: '/' });
  const [code] = (await once(child, 'exit')) as [number];
  expect([code, seen]).toEqual([7, 0]);
});

test.runIf(onLinux)('the holder of a port is found by name and process id', async () => {
  const script = "const s=require('net').createServer().listen(0,'127.0.0.1',()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  closers.push(() => child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(await findPortHolder(Number(line))).toEqual({
    pid: child.pid,
    name: expect.stringMatching(/node|MainThread/i),
  });
});

test('a hundred connections at once are told apart as well as one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const accepted: Promise<string>[] = [];
  const all = Promise.withResolvers<void>();
  server.on('connection', (socket) => {
    closers.push(() => socket.destroy());
    accepted.push(peerOwner(socket));
    if (accepted.length === 100) all.resolve();
  });
  for (let index = 0; index < 100; index += 1) {
    const caller = connect(port, '127.0.0.1');
    closers.push(() => caller.destroy());
  }
  await all.promise;
  expect(new Set(await Promise.all(accepted))).toEqual(new Set(['own']));
});
