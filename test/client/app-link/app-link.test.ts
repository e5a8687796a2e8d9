import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { findApp } from '../../../client/app-link/call-app.ts';
import { linkLimits } from '../../../client/app-link/link-limits.ts';
import { connectablePath, linkPlace, parseSid, pipeName } from '../../../client/app-link/link-place.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask, hello, type OfferedApp, refused, startOfferedApp } from './offered-app.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let app: OfferedApp;
beforeAll(async () => {
  app = await startOfferedApp();
});
afterEach(() => app.reset());
afterAll(() => app.close());

describe.runIf(process.platform !== 'win32')('the socket', () => {
  test('is this user’s alone, in a folder that is this user’s alone', async () => {
    mkdirSync(dirname(app.place), { recursive: true, mode: 0o755 });
    chmodSync(dirname(app.place), 0o755);
    await app.offer();
    expect(statSync(app.place).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(app.place)).mode & 0o777).toBe(0o700);
  });

  test('goes with the app; a second app finds it taken', async () => {
    const first = await app.offer();
    await expect(app.offer()).rejects.toMatchObject({ code: 'port-taken' });
    await first.close();
    expect(() => statSync(app.place)).toThrow(/ENOENT/);
    await app.offer();
  });

  const canSwitchUser = process.platform === 'linux' && process.getuid?.() === 0;
  test.runIf(canSwitchUser)('lets no other user in, even where the file’s mode would', async () => {
    const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
    const told: string[] = [];
    await app.offer({ didRefuse: ({ code }) => told.push(code) });
    const tryIt = (): Promise<string> =>
      new Promise((resolve) => {
        const script = `const s=require('net').connect(process.argv[1]);let t='';s.on('data',d=>t+=d);s.on('error',e=>console.log(e.code));s.on('close',()=>console.log(t));s.write(process.argv[2])`;
        const args = [
          `--reuid=${uid}`,
          '--clear-groups',
          process.execPath,
          '-e',
          script,
          app.place,
          hello + ask(1, 'state'),
        ];
        execFile('setpriv', args, { cwd: '/' }, (_error, stdout) => resolve(stdout.trim()));
      });
    expect(await tryIt()).toBe('EACCES');
    chmodSync(app.folder, 0o755);
    chmodSync(dirname(app.place), 0o755);
    chmodSync(app.place, 0o666);
    const said = await tryIt();
    expect(said).toContain('"code":"user"');
    expect(said).not.toContain('hello');
    expect(told).toEqual(['user']);
  });

  test('that somebody else could have put there is none', async () => {
    const other = createServer((socket) => void socket.end('{"hello":{"protocol":1,"app":"9"}}\n'));
    const open = join(app.folder, 'open', 'app.sock');
    mkdirSync(dirname(open), { mode: 0o777 });
    chmodSync(dirname(open), 0o777);
    other.listen(open);
    await once(other, 'listening');
    expect(await findApp(open, 'test', () => undefined)).toEqual({ status: 'absent' });
    other.close();
    writeFileSync(join(app.folder, 'file'), '');
    expect(await findApp(join(app.folder, 'file'), 'test', () => undefined)).toEqual({ status: 'absent' });
    expect(await findApp(join(app.folder, 'nothing'), 'test', () => undefined)).toEqual({ status: 'absent' });
  });
});

describe('what isn’t a conversation', () => {
  test.each<[string, string | Buffer, readonly unknown[]]>([
    ['a request before the hello', ask(1, 'state'), [refused('malformed')]],
    ['no JSON', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', [refused('malformed')]],
    ['a list', '[]\n', [refused('malformed')]],
    ['null', 'null\n', [refused('malformed')]],
    ['a hello of another shape', '{"hello":{"protocols":"1","program":"x"}}\n', [refused('malformed')]],
    ['a hello without a name', '{"hello":{"protocols":[1],"program":""}}\n', [refused('malformed')]],
    [
      'a hello with endless versions',
      `{"hello":{"protocols":[${'2,'.repeat(99)}2],"program":"x"}}\n`,
      [refused('malformed')],
    ],
    ['a line without end', 'x'.repeat(linkLimits.lineCharacters + 1), [refused('malformed')]],
    ['a line that is too long', `"${'x'.repeat(linkLimits.lineCharacters)}"\n`, [refused('malformed')]],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 0x0a]), [refused('malformed')]],
    ['a hello of a newer program only', '{"hello":{"protocols":[2,3],"program":"x"}}\n', [refused('version')]],
    ['two hellos', hello + hello, [{ hello: { protocol: 1, app: '0.1.0' } }, refused('malformed')]],
    ['a flood before the answer', hello + ask(1, 'state').repeat(40), [refused('flood')]],
  ])('%s ends it and nothing else', async (_name, bytes, lines) => {
    await app.offer();
    const said = await app.say(bytes);
    expect(said).toHaveLength(lines.length);
    expect(said).toEqual(lines);
    expect(await app.say(hello + '\n', 1)).toEqual([{ hello: { protocol: 1, app: '0.1.0' } }]);
  });

  test('a program that speaks several versions gets the newest that both know, and one that doesn’t is told which', async () => {
    await app.offer();
    expect(await app.say('{"hello":{"protocols":[7,1],"program":"x"}}\n', 1)).toEqual([
      { hello: { protocol: 1, app: '0.1.0' } },
    ]);
    const [line] = await app.say('{"hello":{"protocols":[0],"program":"x"}}\n');
    expect(line).toMatchObject({ refused: { code: 'version', protocols: [1] } });
  });

  test('half a line waits for its end, over several pieces', async () => {
    await app.offer();
    const socket = app.connect();
    for (const piece of [hello.slice(0, 5), hello.slice(5, 20), hello.slice(20)]) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(JSON.parse(data.toString())).toEqual({ hello: { protocol: 1, app: '0.1.0' } });
  });

  test('a program that says nothing is let go', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await app.offer();
      const socket = app.connect();
      await once(socket, 'connect');
      const answer = once(socket, 'data') as Promise<[Buffer]>;
      const tick = setInterval(() => void vi.advanceTimersByTimeAsync(1_000), 5);
      const [data] = await answer;
      clearInterval(tick);
      expect(JSON.parse(data.toString())).toEqual(refused('late'));
    } finally {
      vi.useRealTimers();
    }
  });

  test('one program too many is told so; when one goes, another can come', async () => {
    await app.offer();
    const first = app.connect();
    const others = Array.from({ length: linkLimits.connections - 1 }, () => app.connect());
    for (const socket of [first, ...others]) {
      socket.write(hello);
      await once(socket, 'data');
    }
    expect(await app.say(hello)).toEqual([refused('busy')]);
    first.destroy();
    await waitFor(async () => {
      expect(await app.say(hello, 1)).toEqual([{ hello: { protocol: 1, app: '0.1.0' } }]);
    });
  });

  test('a flood of requests ends the conversation that floods, and the app goes on', async () => {
    await app.offer();
    const said = await app.say(hello + ask(1, 'sessions', { profileId: app.world.profileId }).repeat(1_000));
    expect(said.at(-1)).toEqual(refused('flood'));
    expect(said.length).toBeLessThanOrEqual(linkLimits.burst + 2);
    expect(await app.say(hello + ask(1, 'state'), 2)).toMatchObject([{}, { id: 1, ok: true }]);
  });
});

describe('the place', () => {
  test.each([
    ['linux', { XDG_RUNTIME_DIR: '/run/user/1000' }, '/run/user/1000/causeway/app.sock'],
    ['linux', {}, '/home/a/.local/state/causeway-app/app.sock'],
    ['linux', { XDG_RUNTIME_DIR: 'relative' }, '/home/a/.local/state/causeway-app/app.sock'],
    ['darwin', {}, '/home/a/Library/Application Support/Causeway/link/app.sock'],
    ['linux', { CAUSEWAY_APP_SOCKET: '/tmp/x.sock' }, '/tmp/x.sock'],
  ] as const)('on %s with %o is %s', (platform, environment, expected) => {
    expect(linkPlace(environment, platform, '/home/a')).toBe(expected);
  });

  test('on Windows is a pipe with the user’s SID and a name that only the user’s programs can read', async () => {
    expect(parseSid('"acme\\alice","S-1-5-21-1004336348-1177238915-682003330-512"\r\n')).toBe(
      'S-1-5-21-1004336348-1177238915-682003330-512',
    );
    expect(parseSid('"acme\\alice","no"')).toBeNull();
    const file = join(app.folder, 'app-pipe');
    const name = pipeName('S-1-5-21-1', 'a'.repeat(32));
    writeFileSync(file, name);
    expect(await connectablePath(file, 'win32')).toBe(name);
    for (const other of [
      '',
      '\\\\.\\pipe\\other',
      `${name}\n`,
      '\\\\evil\\pipe\\causeway-S-1-5-21-1-'.concat('a'.repeat(32)),
    ]) {
      writeFileSync(file, other);
      expect(await connectablePath(file, 'win32')).toBeNull();
    }
  });
});
