import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canListenAt, openUnixListener } from '../../../client/listeners/unix-listener.ts';

const onUnix = process.platform !== 'win32';
const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
const nobody = asRoot ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0;
const closers: (() => unknown)[] = [];
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-socket-'));
  path = join(folder, 'relay', 'orders.sock');
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function open(onConnection: (socket: Socket) => void = (socket) => void socket.destroy()) {
  const listener = await openUnixListener({ path, onConnection });
  closers.push(() => listener.close());
  return listener;
}

describe.runIf(onUnix)('a Unix socket of an API', () => {
  test('a file, a folder or a link at its place is left alone', async () => {
    await mkdir(dirname(path));
    const makers = [() => writeFile(path, 'mine'), () => mkdir(path), () => symlink('/etc/hostname', path)];
    for (const make of makers) {
      await make();
      await expect(open()).rejects.toMatchObject({ code: 'port-taken' });
      expect(await readdir(dirname(path))).toEqual(['orders.sock']);
      await rm(path, { recursive: true });
    }
  });

  test('a socket that somebody listens on is left alone', async () => {
    await open();
    await expect(openUnixListener({ path, onConnection: () => undefined })).rejects.toMatchObject({
      code: 'port-taken',
      message: `Another Causeway listens at ${path}.`,
    });
    const caller = connect(path);
    await once(caller, 'connect');
    caller.destroy();
  });

  test.runIf(asRoot)('a stale socket or a folder of another user is left alone', async () => {
    const other = createServer();
    await mkdir(dirname(path));
    other.listen(path);
    await once(other, 'listening');
    closers.push(() => other.close());
    await chown(path, nobody, nobody);
    await expect(open()).rejects.toMatchObject({ code: 'port-taken' });
    await chown(dirname(path), nobody, nobody);
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('isn’t a folder of yours') });
  });

  test('only this user can reach it, even where its folder was open before', async () => {
    await mkdir(dirname(path), { mode: 0o755 });
    await chmod(dirname(path), 0o755);
    await open();
    expect([(await lstat(path)).mode & 0o777, (await lstat(dirname(path))).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  test('what a crashed Causeway has left behind is replaced', async () => {
    await mkdir(dirname(path));
    const script = `require('net').createServer().listen(${JSON.stringify(path)},()=>console.log('up'))`;
    const crashing = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(crashing.stdout, 'data');
    crashing.kill('SIGKILL');
    await once(crashing, 'exit');
    expect((await lstat(path)).isSocket()).toBe(true);
    const got = Promise.withResolvers<Socket>();
    await open(got.resolve);
    const caller = connect(path);
    closers.push(() => caller.destroy());
    expect((await got.promise).isPaused()).toBe(true);
  });

  test('closing cuts open connections and removes the file', async () => {
    const got = Promise.withResolvers<Socket>();
    const listener = await open(got.resolve);
    const caller = connect(path);
    await got.promise;
    const cut = once(caller, 'close');
    caller.on('error', () => undefined).resume();
    await Promise.all([listener.close(), listener.close()]);
    await cut;
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a path that the system can’t take for a socket is known before', () => {
  expect(canListenAt(`/${'a'.repeat(103)}`)).toBe(false);
  expect(canListenAt('/tmp/orders.sock')).toBe(onUnix);
});
