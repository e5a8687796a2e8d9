import { execFile, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
const nobody = { uid: 65534, gid: 65534 };
const secret = 'a secret that only this service knows';
let world: DemoWorld;
let folder: string;
let ca: string;
const running: RunningCli[] = [];

beforeAll(async () => {
  world = await startDemoWorld({ idp: { services: [{ clientId: 'nightly-report', secret, groups: ['developers'] }] } });
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-folder-'));
  await chmod(folder, 0o755);
  ca = join(folder, 'ca.pem');
  await copyFile(world.caPath, ca);
  await chmod(ca, 0o644);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.kill()));
  await rm(folder, { recursive: true, force: true });
});

type How = { readonly environment?: Readonly<Record<string, string>>; readonly user?: typeof nobody };

function causeway(args: readonly string[], { environment = passphrase, user }: How = {}): RunningCli {
  const started = startCli([...args, '--ca', ca, '--no-browser'], environment, user);
  running.push(started);
  return started;
}

async function passSignIn(command: RunningCli, user = 'alice'): Promise<void> {
  const { url } = await command.line((line) => line.type === 'open-page');
  expect((await signInWithoutBrowser(String(url), { user })).status).toBe(200);
}

async function logIn(stateDir: string, how: How = {}, relay = world.relayUrl): Promise<RunningCli> {
  const command = causeway(['login', relay, '--state-dir', stateDir], how);
  await passSignIn(command);
  return command;
}

/** The status of an answer to a program of the same user: others are kept out. */
async function call(connect: RunningCli, user = {}): Promise<number> {
  const { port } = await connect.line((line) => line.type === 'connected');
  const script = `fetch('http://127.0.0.1:${Number(port)}/v1/items').then(({ status }) => console.log(status))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], user);
  return Number(stdout);
}

async function secretFiles(stateDir: string): Promise<readonly string[]> {
  const names = await readdir(stateDir, { recursive: true });
  return names.filter((name) => name.endsWith('.secret'));
}

test('in a home folder with spaces and umlauts everything has its place', async () => {
  const home = join(folder, 'Zoë Müller', 'ශ්‍රී خانه 家');
  await mkdir(home, { recursive: true });
  const environment = { ...passphrase, HOME: home };
  const login = causeway(['login', world.relayUrl], { environment });
  await passSignIn(login);
  expect(await login.ended).toMatchObject({ code: 0 });
  const connect = causeway(['connect', 'inventory'], { environment });
  expect(await call(connect)).toBe(200);
  expect(await secretFiles(home)).toHaveLength(1);
});

test('two sign-ins to two relays at once both stay', async () => {
  const stateDir = join(folder, 'state');
  const other = world.relayUrl.replace('127.0.0.1', 'localhost');
  const logins = await Promise.all([logIn(stateDir), logIn(stateDir, {}, other)]);
  await Promise.all(logins.map((login) => login.ended));
  const { profiles } = JSON.parse(await readFile(join(stateDir, 'state.json'), 'utf8')) as {
    profiles: { relayUrl: string }[];
  };
  expect(profiles.map(({ relayUrl }) => relayUrl).toSorted()).toEqual([world.relayUrl, other].toSorted());
  expect(await secretFiles(stateDir)).toHaveLength(2);
});

describe('a sign-in under a passphrase that isn’t given', () => {
  test('is told apart from none, and goes with a sign-out, which says what it couldn’t do', async () => {
    const stateDir = join(folder, 'state');
    expect(await (await logIn(stateDir)).ended).toMatchObject({ code: 0 });
    const without = { environment: {} };
    const status = causeway(['status', '--state-dir', stateDir], without);
    expect(await status.ended).toMatchObject({ code: 3 });
    expect(status.lines[0]).toMatchObject({
      signedIn: false,
      problem: { code: 'sign-in-closed', detail: expect.stringContaining('CAUSEWAY_PASSPHRASE isn’t set') },
    });
    const apis = causeway(['apis', '--state-dir', stateDir], without);
    expect(await apis.ended).toMatchObject({ code: 3 });
    expect(apis.lines.at(-1)).toMatchObject({ type: 'problem', code: 'sign-in-closed' });

    const logout = causeway(['logout', '--state-dir', stateDir], without);
    expect(await logout.ended).toMatchObject({ code: 0 });
    expect(logout.lines).toMatchObject([
      { type: 'signed-out' },
      { type: 'problem', code: 'not-revoked', detail: expect.stringContaining('Its file is deleted') },
    ]);
    expect(await secretFiles(stateDir)).toEqual([]);
    const after = causeway(['status', '--state-dir', stateDir]);
    expect(await after.ended).toMatchObject({ code: 3 });
    expect(after.lines[0]).toMatchObject({ signedIn: false, problem: null });
  });

  test('under another one it can’t be read, and a sign-out deletes it all the same', async () => {
    const stateDir = join(folder, 'state');
    expect(await (await logIn(stateDir)).ended).toMatchObject({ code: 0 });
    const other = { environment: { CAUSEWAY_PASSPHRASE: 'another one' } };
    const logout = causeway(['logout', '--state-dir', stateDir], other);
    expect(await logout.ended).toMatchObject({ code: 0 });
    expect(logout.lines).toMatchObject([{ type: 'signed-out' }, { type: 'problem', code: 'not-revoked' }]);
    expect(await secretFiles(stateDir)).toEqual([]);
  });
});

test('a service needs no folder: one that can’t be made or written doesn’t stop it', async () => {
  const args = ['connect', 'inventory', '--relay', world.relayUrl, '--client-credentials', '--client-id'];
  const environment = { CAUSEWAY_CLIENT_SECRET: secret };
  const connect = causeway([...args, 'nightly-report', '--state-dir', join(ca, 'below', 'a', 'file')], { environment });
  expect(await call(connect)).toBe(200);
  connect.child.kill('SIGTERM');
  expect(await connect.ended).toMatchObject({ code: 0 });
});

const reason = process.getuid?.() === 0 && process.platform === 'linux' ? null : 'a second user and mounts need root';

describe.skipIf(reason !== null)(`with root’s means${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const mounted: string[] = [];

  async function mountedFolder(options: string): Promise<string> {
    const path = await mkdtemp(join(folder, 'mount-'));
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mount: ${stderr}`);
    mounted.push(path);
    return path;
  }

  afterEach(async () => {
    await Promise.all(running.splice(0).map((command) => command.kill()));
    for (const path of mounted.splice(0)) spawnSync('umount', ['-l', path]);
  });

  test('a folder of another owner that may be written is used, though its rights can’t be changed', async () => {
    const stateDir = join(folder, 'volume');
    await mkdir(stateDir);
    await chmod(stateDir, 0o777);
    const login = await logIn(stateDir, { user: nobody });
    expect(await login.ended).toMatchObject({ code: 0 });
    expect(login.lines.at(-1)).toMatchObject({ type: 'signed-in', kept: 'encrypted-file' });
    const status = causeway(['status', '--state-dir', stateDir], { user: nobody });
    expect(await status.ended).toMatchObject({ code: 0 });
  });

  test.each([
    ['root’s folder', async () => join(folder, 'root-owned')],
    [
      'root’s private folder',
      async () => {
        await mkdir(join(folder, 'private'), { mode: 0o700 });
        return join(folder, 'private');
      },
    ],
    ['a read-only mount', () => mountedFolder('ro,mode=777')],
  ])('%s: the sign-in lasts as long as the command, which says so', async (_what, make) => {
    const stateDir = await make();
    await mkdir(stateDir, { recursive: true });
    await writeFile(join(folder, 'root-owned', 'state.json'), '{}', { mode: 0o600 }).catch(() => undefined);
    const connect = causeway(['connect', 'inventory', '--relay', world.relayUrl, '--state-dir', stateDir], {
      user: nobody,
    });
    await passSignIn(connect);
    expect(await call(connect, nobody)).toBe(200);
    const status = causeway(['status', '--relay', world.relayUrl, '--state-dir', stateDir], { user: nobody });
    expect(await status.ended).toMatchObject({ code: 3 });
  });

  test('files of a folder that became read-only are named by a sign-out that can’t delete them', async () => {
    const stateDir = await mountedFolder('mode=777');
    expect(await (await logIn(stateDir)).ended).toMatchObject({ code: 0 });
    expect(spawnSync('mount', ['-o', 'remount,ro', stateDir]).status).toBe(0);
    const logout = causeway(['logout', '--relay', world.relayUrl, '--state-dir', stateDir]);
    const { code } = await logout.ended;
    expect(code).not.toBe(0);
    expect(JSON.stringify(logout.lines)).not.toContain('signed-out');
    expect(JSON.stringify(logout.lines)).toContain(stateDir);
  });

  test('on a full disk a sign-in is made, and said not to be kept', async () => {
    const stateDir = await mountedFolder('size=64k,mode=777');
    await writeFile(join(stateDir, 'filler'), Buffer.alloc(128 * 1024)).catch(() => undefined);
    const login = await logIn(stateDir);
    expect(await login.ended).toMatchObject({ code: 1 });
    expect(login.lines).toMatchObject([{}, { type: 'signed-in', kept: 'memory' }]);
  });

  test('a disk that is full for a while costs neither the connection nor the sign-in', async () => {
    const stateDir = await mountedFolder('size=256k,mode=777');
    world.idp.reconfigure({ accessTokenSeconds: 6 });
    try {
      expect(await (await logIn(stateDir)).ended).toMatchObject({ code: 0 });
      const connect = causeway(['connect', 'inventory', '--state-dir', stateDir]);
      expect(await call(connect)).toBe(200);
      const filler = join(stateDir, 'filler');
      await writeFile(filler, Buffer.alloc(512 * 1024)).catch(() => undefined);
      world.idp.resetCounts();
      await vi.waitFor(() => expect(world.idp.counts.refreshes).toBeGreaterThanOrEqual(2), {
        timeout: 40_000,
        interval: 200,
      });
      expect(await call(connect)).toBe(200);
      await rm(filler);
      connect.child.kill('SIGTERM');
      expect(await connect.ended).toMatchObject({ code: 0 });
      const status = causeway(['status', '--state-dir', stateDir]);
      expect(await status.ended).toMatchObject({ code: 0 });
      expect(world.idp.counts.refusedRefreshes).toBe(0);
    } finally {
      world.idp.reconfigure({ accessTokenSeconds: 300 });
    }
  });

  test('two people on one folder: neither reads the other’s sign-in, nor is in the other’s way', async () => {
    const stateDir = join(folder, 'shared');
    await mkdir(stateDir);
    await chmod(stateDir, 0o777);
    expect(await (await logIn(stateDir, { user: nobody })).ended).toMatchObject({ code: 0 });
    const other = { user: { uid: 65533, gid: 65533 } };
    const status = causeway(['status', '--state-dir', stateDir], other);
    expect(await status.ended).toMatchObject({ code: 2, stderr: '' });
    expect(status.lines).toMatchObject([
      { type: 'problem', code: 'bad-config', detail: expect.stringContaining('may be another user’s') },
    ]);

    await chmod(join(stateDir, 'state.json'), 0o644);
    const closed = causeway(['status', '--state-dir', stateDir], other);
    expect(await closed.ended).toMatchObject({ code: 3, stderr: '' });
    expect(closed.lines).toMatchObject([{ signedIn: false, problem: { code: 'sign-in-closed' } }]);
    const login = await logIn(stateDir, other);
    expect(await login.ended).toMatchObject({ code: 1 });
    expect(login.lines).toMatchObject([{}, { type: 'signed-in', kept: 'memory' }]);
    const first = causeway(['status', '--state-dir', stateDir], { user: nobody });
    expect(await first.ended).toMatchObject({ code: 0 });
  });

  test.each<[string, (stateDir: string) => Promise<unknown>]>([
    ['a folder', (stateDir) => mkdir(join(stateDir, 'state.json'))],
    ['another user’s', (stateDir) => writeFile(join(stateDir, 'state.json'), '{}', { mode: 0o600 })],
    ['a link to itself', (stateDir) => symlink('state.json', join(stateDir, 'state.json'))],
  ])('a state.json that is %s is named', async (_what, make) => {
    const stateDir = join(folder, 'odd');
    await mkdir(stateDir);
    await chmod(stateDir, 0o777);
    await make(stateDir);
    const status = causeway(['status', '--state-dir', stateDir], { user: nobody });
    expect(await status.ended).toMatchObject({ code: 2 });
    expect(status.lines).toMatchObject([
      { code: 'bad-config', detail: expect.stringContaining('state.json can’t be read') },
    ]);
  });
});
