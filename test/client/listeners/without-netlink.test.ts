import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

// The sandbox is a filter of system calls by their numbers, which are those of x86-64.
const canForbid = process.platform === 'linux' && process.arch === 'x64';

test.runIf(canForbid)('in a sandbox without netlink, the kernel’s file tells own connections from others', async () => {
  const port = await freePort();
  const script = join(import.meta.dirname, '../programs/without-netlink.ts');
  const child = spawn(process.execPath, [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  closers.push(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  });
  const lines: Record<string, unknown>[] = [];
  const output = createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  const comes = async (count: number): Promise<void> => {
    while (lines.length < count) await once(output, 'line');
  };
  await comes(1);
  expect(lines[0]).toEqual({ ready: true, kernel: false });

  const ways = [
    { host: '127.0.0.1' },
    { host: '::1' },
    { host: '::ffff:127.0.0.1' },
    { host: '127.0.0.1', localAddress: '127.0.0.2' },
  ];
  for (let index = 0; index < 150; index += 1) {
    const caller = connect({ port, ...ways[index % ways.length] }).on('error', () => undefined);
    closers.push(() => caller.destroy());
  }
  await comes(151);
  expect(lines.slice(1)).toEqual(Array.from({ length: 150 }, () => ({ carried: true })));

  if (process.getuid?.() !== 0) return;
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  const stranger = spawn('curl', ['-s', `http://127.0.0.1:${port}/`], { uid: nobody, cwd: '/', stdio: 'ignore' });
  await once(stranger, 'exit');
  await comes(152);
  expect(lines.at(-1)).toEqual({ refusal: 'other-user' });
});
