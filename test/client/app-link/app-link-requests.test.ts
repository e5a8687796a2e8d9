import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { operationSchemas } from '../../../client/app-link/operations.ts';
import { shownState } from '../../../client/app-link/shown-state.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startCli } from '../support/run-cli.ts';
import { ask, hello, type Line, type Offer, type OfferedApp, refused, startOfferedApp } from './offered-app.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let app: OfferedApp;
beforeAll(async () => {
  app = await startOfferedApp();
});
afterEach(() => app.reset());
afterAll(() => app.close());

describe('a request', () => {
  const own = (): string => app.world.profileId;
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
    await app.offer();
    const said = await app.say(hello + line() + ask(2, 'state'), 3);
    expect(said[1]).toMatchObject({ id: 1, ok: false, problem: { code: 'bad-input' } });
    expect(said[2]).toMatchObject({ id: 2, ok: true });
  });

  test('has the running app do what its window could, and answers when it is done', async () => {
    await app.offer();
    const args = { profileId: own(), api: 'echo' };
    const off = await app.say(hello + ask(1, 'disconnect', args), 2);
    expect(off[1]).toEqual({ id: 1, ok: true, value: null });
    expect(app.core.snapshot().profiles[0]?.connections).toEqual({});
    const on = await app.say(hello + ask(1, 'connect', args), 2);
    expect(on[1]).toEqual({ id: 1, ok: true, value: null });
    expect(app.core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
  });

  test('gives a device the name that the person wants, and says what it is called now', async () => {
    await app.offer();
    const profileId = own();
    const [session] = await app.core.sessions(profileId);
    const rename = async (name: string): Promise<unknown> => {
      const said = await app.say(hello + ask(1, 'rename-session', { profileId, id: session?.id, name }), 2);
      return said[1];
    };
    const called = async () => (await app.core.sessions(profileId)).map(({ device }) => device.name);
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
    await app.offer({ allowed: 'refused', didRefuse: ({ code }, program) => told.push(`${code} ${program}`) });
    expect(await app.say(hello + ask(1, 'disconnect', { profileId: app.world.profileId, api: 'echo' }))).toHaveLength(
      1,
    );
    expect(app.core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
    expect(told.join()).toMatch(/^consent test 1/);
  });

  test('unasked: the person is asked once for all that come, and until then nothing happens', async () => {
    const answer = Promise.withResolvers<boolean>();
    const asked = vi.fn(() => answer.promise);
    let agreed = false;
    await app.offer({
      consent: () => (agreed ? 'allowed' : 'unasked'),
      ask: () => asked().finally(() => (agreed = true)),
    });
    const first = app.say(hello + ask(1, 'disconnect', { profileId: app.world.profileId, api: 'echo' }), 3);
    await waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
    expect(await app.say(hello, 1)).toEqual([{ asking: true }]);
    expect(app.core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
    answer.resolve(true);
    expect(await first).toMatchObject([{ asking: true }, { hello: {} }, { id: 1, ok: true }]);
    await app.core.connect(app.world.profileId, 'echo');
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('a no, and a question that can’t be asked, are a no', async () => {
    const link = await app.offer({ allowed: 'unasked', ask: async () => false });
    expect(await app.say(hello)).toEqual([{ asking: true }, refused('consent')]);
    await link.close();
    await app.offer({ allowed: 'unasked', ask: () => Promise.reject(new Error('no display')) });
    const early = ask(1, 'disconnect', { profileId: app.world.profileId, api: 'echo' });
    expect(await app.say(hello + early)).toEqual([{ asking: true }, refused('consent')]);
    expect(app.core.snapshot().profiles[0]?.connections['echo']?.status).toBe('on');
  });

  test('what a program calls itself steers nothing in the question, and the kernel says which process it is', async () => {
    const asked = vi.fn(async (_program: unknown) => false);
    await app.offer({ allowed: 'unasked', ask: asked });
    await app.say(`${JSON.stringify({ hello: { protocols: [1], program: 'a\u202Eb\nc' } })}\n`);
    const linux = process.platform === 'linux';
    expect(asked).toHaveBeenCalledWith({
      calledItself: 'a b c',
      pid: linux ? process.pid : null,
      path: linux ? process.execPath : null,
    });
  });
});

test('nothing that a program can see holds a token, a key, or the page of a sign-in under way', async () => {
  await app.offer();
  await app.core.setAccessKey(app.world.profileId, 'echo', true);
  const key = (await app.core.accessKey(app.world.profileId, 'echo')) ?? '';
  const ops = ['state', 'watch'].map((op, id) => ask(id, op)).join('');
  const ofProfile = ['activity', 'sessions']
    .map((op, id) => ask(10 + id, op, { profileId: app.world.profileId }))
    .join('');
  const said = JSON.stringify(await app.say(hello + ops + ofProfile, 5));
  await app.core.setAccessKey(app.world.profileId, 'echo', false);
  expect(said).toContain('"id":11,"ok":true');
  expect(said).not.toContain(key);
  expect(said).not.toMatch(/eyJ|refresh_token|code_challenge|BEGIN/);

  const snapshot = app.core.snapshot();
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

describe.runIf(process.platform !== 'win32')('causeway beside the running app', () => {
  const environment = (): Record<string, string> => ({ CAUSEWAY_APP_SOCKET: app.place });
  async function lines(...args: readonly string[]): Promise<readonly Line[]> {
    const command = startCli(args, environment());
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return command.lines;
  }

  test('does through it what it can, and says so', async () => {
    await app.offer();
    expect(await lines('apis')).toMatchObject([{ type: 'apis', apis: [{ id: 'echo' }], via: 'app' }]);
    expect(await lines('approvals')).toMatchObject([{ type: 'approvals', requests: [], via: 'app' }]);
    expect(await lines('approvals', 'list')).toMatchObject([{ type: 'approvals', requests: [] }]);
    expect(await lines('sessions', 'list')).toEqual(await lines('sessions'));
    expect(await lines('favourites', 'list')).toMatchObject([{ type: 'favourites', favourites: [] }]);
    expect(await lines('favourites', 'add', 'echo')).toMatchObject([{ favourites: ['echo'], via: 'app' }]);
    expect(app.core.snapshot().profiles[0]?.favourites).toEqual(['echo']);
    await fetch(`http://127.0.0.1:${app.world.port('echo')}/v1/seen`);
    await waitFor(() => {
      expect(
        app.core
          .activity(app.world.profileId)
          .entries.some(({ path, status }) => path === '/v1/seen' && status === 200),
      ).toBe(true);
    });
    expect(await lines('activity', '--last', '1')).toMatchObject([{ type: 'request', path: '/v1/seen', via: 'app' }]);
    expect(await lines('disconnect', 'echo')).toMatchObject([{ type: 'disconnected', apis: ['echo'] }]);
    expect(app.core.snapshot().profiles[0]?.connections).toEqual({});
  });

  test('connect switches on in the app, shows requests, and switches off again what it has switched on', async () => {
    await app.offer();
    const command = startCli(['connect', 'echo'], environment());
    const connected = await command.line(({ type }) => type === 'connected');
    expect(connected).toMatchObject({ api: 'echo', port: app.world.port('echo'), accessKey: null, via: 'app' });
    await fetch(`${String(connected['address'])}/v1/through-the-app`);
    await command.line(({ type, path }) => type === 'request' && path === '/v1/through-the-app');
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(0);
    await waitFor(() => expect(app.core.snapshot().profiles[0]?.connections).toEqual({}));
    await app.core.connect(app.world.profileId, 'echo');
  });

  test('connect ends, and says why, when the app ends', async () => {
    const link = await app.offer();
    const command = startCli(['connect', 'echo'], environment());
    await command.line(({ type }) => type === 'connected');
    await link.close();
    expect((await command.ended).code).toBe(1);
    expect(command.lines.at(-1)).toMatchObject({ type: 'problem', code: 'not-connected' });
  });

  test.each<[string, Offer, readonly string[]]>([
    ['is told not to', { allowed: 'refused' }, []],
    ['is told to leave it', {}, ['--alone']],
    ['has a state of its own', {}, ['--state-dir', '/nonexistent/state']],
    ['is about another relay', {}, ['--relay', 'https://other.example']],
  ])('works by itself where it %s', async (_name, options, more) => {
    await app.offer(options);
    const command = startCli(['status', ...more], {
      ...environment(),
      HOME: app.folder,
      XDG_STATE_HOME: join(app.folder, 'cli'),
    });
    expect((await command.ended).code).toBe(3);
    expect(command.lines).toMatchObject([{ type: 'status', signedIn: false }]);
    expect(command.lines[0]).not.toHaveProperty('via');
  });
});
