import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeSocketPair } from '../../../relay/upstream/socket-pair.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pair-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function openPair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const { near, onFar } = makeSocketPair();
  const far = await new Promise<Socket>((resolve) => onFar(resolve));
  return { near, far };
}

it.runIf(process.platform !== 'win32')('can’t be made without a folder for temporary files', () => {
  vi.stubEnv('TMPDIR', join(folder, 'none'));
  expect(() => makeSocketPair()).toThrow(/ENOENT/);
});

it.runIf(process.platform !== 'win32')('can’t be made where a path is too long for a socket', async () => {
  const long = mkdtempSync(join(folder, 'x'.repeat(120)));
  vi.stubEnv('TMPDIR', long);
  expect(() => makeSocketPair()).toThrow();
  expect(readdirSync(long)).toEqual([]);
});

it.runIf(process.platform !== 'win32')('leaves nothing that others could find or connect to', async () => {
  vi.stubEnv('TMPDIR', folder);
  const { near, onFar } = makeSocketPair();
  expect(readdirSync(folder)).toEqual([]);
  const far = await new Promise<Socket>((resolve) => onFar(resolve));
  near.destroy();
  far.destroy();
});

it('joins each near end with its own far end, however many are made at once, and says nothing of the token', async () => {
  const pairs = await Promise.all(Array.from({ length: 50 }, openPair));
  const heard = await Promise.all(
    pairs.map(async ({ near, far }, index) => {
      near.write(`near ${index}`);
      far.write(`far ${index}`);
      const [[fromNear], [fromFar]] = (await Promise.all([once(far, 'data'), once(near, 'data')])) as [
        [Buffer],
        [Buffer],
      ];
      near.destroy();
      far.destroy();
      return `${fromNear.toString()}, ${fromFar.toString()}`;
    }),
  );
  expect(heard).toEqual(pairs.map((_, index) => `near ${index}, far ${index}`));
});

it('passes on what the near end says before the other is there', async () => {
  const { near, onFar } = makeSocketPair();
  near.write('early');
  const far = await new Promise<Socket>((resolve) => onFar(resolve));
  expect(String((await once(far, 'data'))[0])).toBe('early');
  near.destroy();
  far.destroy();
});

it.each([
  ['says nothing', ''],
  ['says half a token', 'x'.repeat(16)],
  ['says another token', 'x'.repeat(32)],
  ['says another token, and more', 'x'.repeat(64)],
])('somebody who gets in first and %s is never the far end', async (_what, says) => {
  let stranger: Socket | undefined;
  const spy = vi.spyOn(Socket.prototype, 'connect').mockImplementationOnce(function (this: Socket, options) {
    stranger = connect(options as never);
    stranger.on('error', () => undefined);
    stranger.write(says);
    stranger.resume();
    return this.connect(options);
  });
  const { near, far } = await openPair();
  spy.mockRestore();
  near.write('mine');
  expect(String((await once(far, 'data'))[0])).toBe('mine');
  await expect.poll(() => stranger?.destroyed).toBe(true);
  near.destroy();
  far.destroy();
});
