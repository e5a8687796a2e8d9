import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { findApp } from '../../../client/app-link/call-app.ts';
import { linkLimits } from '../../../client/app-link/link-limits.ts';
import { connectablePath, linkPlace, parseSid, pipeName } from '../../../client/app-link/link-place.ts';
import { operationSchemas } from '../../../client/app-link/operations.ts';
import { type AppLink, type AppLinkOptions, type Consent, serveApp } from '../../../client/app-link/serve-app.ts';
import { shownState } from '../../../client/app-link/shown-state.ts';
import type { ClientCore } from '../../../client/core/client-core.ts';
import { startPipelineWorld, type PipelineWorld } from '../../relay/pipeline/pipeline-world.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startCli } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let echo: EchoUpstream;
let world: PipelineWorld;
let core: ClientCore;
let folder: string;
let place: string;
const links: AppLink[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  core = world.client.core;
  folder = mkdtempSync(join(tmpdir(), 'causeway-link-'));
  place = join(folder, 'private', 'app.sock');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const link of links.splice(0)) await link.close();
});
afterAll(async () => {
  await world.close();
  await echo.close();
  rmSync(folder, { recursive: true, force: true });
});

async function offer(change: Partial<AppLinkOptions> & { readonly allowed?: Consent } = {}): Promise<AppLink> {
  const link = await serveApp({
    core,
    place,
    appVersion: '0.1.0',
    consent: () => change.allowed ?? 'allowed',
    ask: async () => false,
    now: Date.now,
    didRefuse: () => undefined,
    ...change,
  });
  links.push(link);
  return link;
}

type Line = Readonly<Record<string, unknown>>;

/** Talks in bytes: sends these, and gives the lines that come until the app ends the conversation or `count` are there. */
async function say(bytes: string | Buffer, count = Number.POSITIVE_INFINITY): Promise<readonly Line[]> {
  const socket = connect(place);
  sockets.push(socket);
  let text = '';
  const lines = (): readonly Line[] =>
    text
      .split('\n')
      .filter(Boolean)
      .slice(0, count)
      .map((line) => JSON.parse(line) as Line);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  socket.on('data', (data: Buffer) => {
    text += data.toString();
    if (text.split('\n').length > count) resolve();
  });
  socket.write(bytes);
  await promise;
  return lines();
}

const hello = `${JSON.stringify({ hello: { protocols: [1], program: 'test 1' } })}\n`;
const ask = (id: number, op: string, args: unknown = {}): string => `${JSON.stringify({ id, op, args })}\n`;
const refused = (code: string) => ({ refused: expect.objectContaining({ code }) as unknown });

describe.runIf(process.platform !== 'win32')('the socket', () => {
  test('is this user’s alone, in a folder that is this user’s alone', async () => {
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    chmodSync(dirname(place), 0o755);
    await offer();
    expect(statSync(place).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(place)).mode & 0o777).toBe(0o700);
  });

  test('goes with the app; a second app finds it taken', async () => {
    const first = await offer();
    await expect(offer()).rejects.toMatchObject({ code: 'port-taken' });
    await first.close();
    expect(() => statSync(place)).toThrow(/ENOENT/);
    await offer();
  });

  const canSwitchUser = process.platform === 'linux' && process.getuid?.() === 0;
  test.runIf(canSwitchUser)('lets no other user in, even where the file’s mode would', async () => {
    const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
    const told: string[] = [];
    await offer({ didRefuse: ({ code }) => told.push(code) });
    const tryIt = (): Promise<string> =>
      new Promise((resolve) => {
        const script = `const s=require('net').connect(process.argv[1]);let t='';s.on('data',d=>t+=d);s.on('error',e=>console.log(e.code));s.on('close',()=>console.log(t));s.write(process.argv[2])`;
        const args = [
          `--reuid=${uid}`,
          '--clear-groups',
          process.execPath,
          '-e',
          script,
          place,
          hello + ask(1, 'state'),
        ];
        execFile('setpriv', args, { cwd: '/' }, (_error, stdout) => resolve(stdout.trim()));
      });
    expect(await tryIt()).toBe('EACCES');
    chmodSync(folder, 0o755);
    chmodSync(dirname(place), 0o755);
    chmodSync(place, 0o666);
    const said = await tryIt();
    expect(said).toContain('"code":"user"');
    expect(said).not.toContain('hello');
    expect(told).toEqual(['user']);
  });

  test('that somebody else could have put there is none', async () => {
    const other = createServer((socket) => void socket.end('{"hello":{"protocol":1,"app":"9"}}\n'));
    const open = join(folder, 'open', 'app.sock');
    mkdirSync(dirname(open), { mode: 0o777 });
    chmodSync(dirname(open), 0o777);
    other.listen(open);
    await once(other, 'listening');
    expect(await findApp(open, 'test', () => undefined)).toEqual({ status: 'absent' });
    other.close();
    writeFileSync(join(folder, 'file'), '');
    expect(await findApp(join(folder, 'file'), 'test', () => undefined)).toEqual({ status: 'absent' });
    expect(await findApp(join(folder, 'nothing'), 'test', () => undefined)).toEqual({ status: 'absent' });
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
    await offer();
    const said = await say(bytes);
    expect(said).toHaveLength(lines.length);
    expect(said).toEqual(lines);
    expect(await say(hello + '\n', 1)).toEqual([{ hello: { protocol: 1, app: '0.1.0' } }]);
  });

  test('a program that speaks several versions gets the newest that both know, and one that doesn’t is told which', async () => {
    await offer();
    expect(await say('{"hello":{"protocols":[7,1],"program":"x"}}\n', 1)).toEqual([
      { hello: { protocol: 1, app: '0.1.0' } },
    ]);
    const [line] = await say('{"hello":{"protocols":[0],"program":"x"}}\n');
    expect(line).toMatchObject({ refused: { code: 'version', protocols: [1] } });
  });

  test('half a line waits for its end, over several pieces', async () => {
    await offer();
    const socket = connect(place);
    sockets.push(socket);
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
      await offer();
      const socket = connect(place);
      sockets.push(socket);
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
    await offer();
    const first = connect(place);
    const others = Array.from({ length: linkLimits.connections - 1 }, () => connect(place));
    sockets.push(first, ...others);
    for (const socket of [first, ...others]) {
      socket.write(hello);
      await once(socket, 'data');
    }
    expect(await say(hello)).toEqual([refused('busy')]);
    first.destroy();
    await waitFor(async () => {
      expect(await say(hello, 1)).toEqual([{ hello: { protocol: 1, app: '0.1.0' } }]);
    });
  });

  test('a flood of requests ends the conversation that floods, and the app goes on', async () => {
    await offer();
    const said = await say(hello + ask(1, 'sessions', { profileId: world.profileId }).repeat(1_000));
    expect(said.at(-1)).toEqual(refused('flood'));
    expect(said.length).toBeLessThanOrEqual(linkLimits.burst + 2);
    expect(await say(hello + ask(1, 'state'), 2)).toMatchObject([{}, { id: 1, ok: true }]);
  });
});

describe('a request', () => {
  const own = (): string => world.profileId;
  test.each<[string, () => string]>([
    ['an operation that there isn’t', () => ask(1, 'sign-in', { relayUrl: 'https://evil.example' })],
    ['one of the prototype', () => ask(1, 'constructor')],
    ['__proto__', () => ask(1, '__proto__')],
    ['arguments of another shape', () => ask(1, 'connect', { profileId: 7, api: 'echo' })],
    ['an argument too many', () => ask(1, 'connect', { profileId: own(), api: 'echo', token: true })],
    ['no arguments', () => ask(1, 'connect', null)],
    ['a path for a name', () => ask(1, 'connect', { profileId: own(), api: '../../etc/passwd' })],
    ['a profile that there isn’t', () => ask(1, 'connect', { profileId: 'nobody', api: 'echo' })],
    ['a privileged port', () => ask(1, 'set-port', { profileId: own(), api: 'echo', port: 80 })],
    ['a session that is no id', () => ask(1, 'end-sessions', { profileId: own(), which: { id: '../x' } })],
    [
      'a name that turns the text around',
      () => ask(1, 'rename-session', { profileId: own(), id: 's1', name: 'a\u202eb' }),
    ],
    [
      'a reason without words',
      () => ask(1, 'request-access', { profileId: own(), api: 'echo', role: 'r', reason: ' ' }),
    ],
    [
      'a verdict that there isn’t',
      () => ask(1, 'decide-request', { profileId: own(), id: 'a', verdict: 'grant', note: '' }),
    ],
    [
      'a request that is no id',
      () => ask(1, 'decide-request', { profileId: own(), id: '../a', verdict: 'approve', note: '' }),
    ],
    [
      'a million hours',
      () => ask(1, 'request-access', { profileId: own(), api: 'echo', role: 'r', reason: 'x', hours: 1e6 }),
    ],
  ])('for %s is refused, and the conversation goes on', async (_name, line) => {
    await offer();
    const said = await say(hello + line() + ask(2, 'state'), 3);
    expect(said[1]).toMatchObject({ id: 1, ok: false, problem: { code: 'bad-input' } });
    expect(said[2]).toMatchObject({ id: 2, ok: true });
  });

  test('has the running app do what its window could, and answers when it is done', async () => {
    await offer();
    const args = { profileId: own(), api: 'echo' };
    const off = await say(hello + ask(1, 'disconnect', args), 2);
    expect(off[1]).toEqual({ id: 1, ok: true, value: null });
    expect(core.snapshot().profiles[0]?.connections).toEqual({});
    const on = await say(hello + ask(1, 'connect', args), 2);
    expect(on[1]).toEqual({ id: 1, ok: true, value: null });
    expect(core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
  });

  test('gives a device the name that the person wants, and says what it is called now', async () => {
    await offer();
    const profileId = own();
    const [session] = await core.sessions(profileId);
    const rename = async (name: string): Promise<unknown> => {
      const said = await say(hello + ask(1, 'rename-session', { profileId, id: session?.id, name }), 2);
      return said[1];
    };
    const called = async () => (await core.sessions(profileId)).map(({ device }) => device.name);
    expect(await rename('Büro')).toEqual({ id: 1, ok: true, value: 'Büro' });
    expect(await called()).toEqual(['Büro']);
    expect(await rename('')).toEqual({ id: 1, ok: true, value: session?.device.name });
    expect(await called()).toEqual([session?.device.name]);
  });

  test('can’t sign in or out, and gets at no key, whatever it asks', () => {
    expect(Object.keys(operationSchemas).filter((op) => /sign|token|key|secret|password/.test(op))).toEqual([]);
  });
});

describe('the person’s consent', () => {
  test('refused: nothing is done and nothing is told', async () => {
    const told: string[] = [];
    await offer({ allowed: 'refused', didRefuse: ({ code }, program) => told.push(`${code} ${program}`) });
    expect(await say(hello + ask(1, 'disconnect', { profileId: world.profileId, api: 'echo' }))).toHaveLength(1);
    expect(core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
    expect(told.join()).toMatch(/^consent test 1/);
  });

  test('unasked: the person is asked once for all that come, and until then nothing happens', async () => {
    const answer = Promise.withResolvers<boolean>();
    const asked = vi.fn(() => answer.promise);
    let agreed = false;
    await offer({
      consent: () => (agreed ? 'allowed' : 'unasked'),
      ask: () => asked().finally(() => (agreed = true)),
    });
    const first = say(hello + ask(1, 'disconnect', { profileId: world.profileId, api: 'echo' }), 3);
    await waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
    expect(await say(hello, 1)).toEqual([{ asking: true }]);
    expect(core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
    answer.resolve(true);
    expect(await first).toMatchObject([{ asking: true }, { hello: {} }, { id: 1, ok: true }]);
    await core.connect(world.profileId, 'echo');
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('a no, and a question that can’t be asked, are a no', async () => {
    const link = await offer({ allowed: 'unasked', ask: async () => false });
    expect(await say(hello)).toEqual([{ asking: true }, refused('consent')]);
    await link.close();
    await offer({ allowed: 'unasked', ask: () => Promise.reject(new Error('no display')) });
    const early = ask(1, 'disconnect', { profileId: world.profileId, api: 'echo' });
    expect(await say(hello + early)).toEqual([{ asking: true }, refused('consent')]);
    expect(core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
  });

  test('what a program calls itself steers nothing in the question, and the kernel says which process it is', async () => {
    const asked = vi.fn(async (_program: unknown) => false);
    await offer({ allowed: 'unasked', ask: asked });
    await say(`${JSON.stringify({ hello: { protocols: [1], program: 'a\u202Eb\nc' } })}\n`);
    const linux = process.platform === 'linux';
    expect(asked).toHaveBeenCalledWith({
      calledItself: 'a b c',
      pid: linux ? process.pid : null,
      path: linux ? process.execPath : null,
    });
  });
});

test('nothing that a program can see holds a token, a key, or the page of a sign-in under way', async () => {
  await offer();
  await core.setAccessKey(world.profileId, 'echo', true);
  const key = (await core.accessKey(world.profileId, 'echo')) ?? '';
  const ops = ['state', 'watch'].map((op, id) => ask(id, op)).join('');
  const ofProfile = ['activity', 'sessions'].map((op, id) => ask(10 + id, op, { profileId: world.profileId })).join('');
  const said = JSON.stringify(await say(hello + ops + ofProfile, 5));
  await core.setAccessKey(world.profileId, 'echo', false);
  expect(said).toContain('"id":11,"ok":true');
  expect(said).not.toContain(key);
  expect(said).not.toMatch(/eyJ|refresh_token|code_challenge|BEGIN/);

  const snapshot = core.snapshot();
  const url = 'https://login.example/authorize?state=s3cret';
  const signingIn = {
    ...snapshot,
    profiles: snapshot.profiles.map((profile) => ({
      ...profile,
      signIn: { status: 'waiting-for-browser' as const, url, userCode: 'ABCD-EFGH', givesUpAtMs: 1 },
      stepUp: { status: 'waiting-for-browser' as const, url, api: 'echo', need: null },
    })),
  };
  expect(JSON.stringify(shownState(signingIn))).not.toMatch(/s3cret|ABCD/);
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
    const file = join(folder, 'app-pipe');
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

describe.runIf(process.platform !== 'win32')('causeway beside the running app', () => {
  const environment = (): Record<string, string> => ({ CAUSEWAY_APP_SOCKET: place });
  async function lines(...args: readonly string[]): Promise<readonly Line[]> {
    const command = startCli(args, environment());
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return command.lines;
  }

  test('does through it what it can, and says so', async () => {
    await offer();
    expect(await lines('apis')).toMatchObject([{ type: 'apis', apis: [{ id: 'echo' }], via: 'app' }]);
    expect(await lines('approvals')).toMatchObject([{ type: 'approvals', requests: [], via: 'app' }]);
    expect(await lines('favourites', 'add', 'echo')).toMatchObject([{ favourites: ['echo'], via: 'app' }]);
    expect(core.snapshot().profiles[0]?.favourites).toEqual(['echo']);
    await fetch(`http://127.0.0.1:${world.port('echo')}/v1/seen`);
    await waitFor(() => {
      expect(
        core.activity(world.profileId).entries.some(({ path, status }) => path === '/v1/seen' && status === 200),
      ).toBe(true);
    });
    expect(await lines('activity', '--last', '1')).toMatchObject([{ type: 'request', path: '/v1/seen', via: 'app' }]);
    expect(await lines('disconnect', 'echo')).toMatchObject([{ type: 'disconnected', apis: ['echo'] }]);
    expect(core.snapshot().profiles[0]?.connections).toEqual({});
  });

  test('connect switches on in the app, shows requests, and switches off again what it has switched on', async () => {
    await offer();
    const command = startCli(['connect', 'echo'], environment());
    const connected = await command.line(({ type }) => type === 'connected');
    expect(connected).toMatchObject({ api: 'echo', port: world.port('echo'), accessKey: null, via: 'app' });
    await fetch(`${String(connected['address'])}/v1/through-the-app`);
    await command.line(({ type, path }) => type === 'request' && path === '/v1/through-the-app');
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(0);
    await waitFor(() => expect(core.snapshot().profiles[0]?.connections).toEqual({}));
    await core.connect(world.profileId, 'echo');
  });

  test('connect ends, and says why, when the app ends', async () => {
    const link = await offer();
    const command = startCli(['connect', 'echo'], environment());
    await command.line(({ type }) => type === 'connected');
    await link.close();
    expect((await command.ended).code).toBe(1);
    expect(command.lines.at(-1)).toMatchObject({ type: 'problem', code: 'not-connected' });
  });

  test.each<[string, Partial<AppLinkOptions> & { readonly allowed?: Consent }, readonly string[]]>([
    ['is told not to', { allowed: 'refused' }, []],
    ['is told to leave it', {}, ['--alone']],
    ['has a state of its own', {}, ['--state-dir', '/nonexistent/state']],
    ['is about another relay', {}, ['--relay', 'https://other.example']],
  ])('works by itself where it %s', async (_name, options, more) => {
    await offer(options);
    const command = startCli(['status', ...more], {
      ...environment(),
      HOME: folder,
      XDG_STATE_HOME: join(folder, 'cli'),
    });
    expect((await command.ended).code).toBe(3);
    expect(command.lines).toMatchObject([{ type: 'status', signedIn: false }]);
    expect(command.lines[0]).not.toHaveProperty('via');
  });
});
