import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { approveDevice } from '../../support/approve-device.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { freePort } from '../../support/free-port.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

// Each command is a process of its own that derives a key from the passphrase: slow on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let world: DemoWorld;
let stateDir: string;
const running: RunningCli[] = [];

beforeAll(async () => {
  world = await startDemoWorld();
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-cli-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.kill()));
  await rm(stateDir, { recursive: true, force: true });
});

const passphrase = { CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };

function causeway(args: readonly string[], environment: Readonly<Record<string, string>> = passphrase): RunningCli {
  const started = startCli([...args, '--state-dir', stateDir, '--ca', world.caPath, '--no-browser'], environment);
  running.push(started);
  return started;
}

async function passSignIn(command: RunningCli, user = 'alice'): Promise<void> {
  const { url } = await command.line((line) => line.type === 'open-page');
  expect((await signInWithoutBrowser(String(url), { user })).status).toBe(200);
}

async function logIn(user = 'alice'): Promise<RunningCli> {
  const command = causeway(['login', world.relayUrl]);
  await passSignIn(command, user);
  expect(await command.ended).toMatchObject({ code: 0 });
  return command;
}

test('login, status, apis, connect, a call, and logout work one after the other, with no token in any file', async () => {
  const login = await logIn();
  expect(login.lines.at(-1)).toMatchObject({
    type: 'signed-in',
    relayName: 'Example Company',
    person: { name: 'Alice Moreau', groups: ['developers', 'sre'] },
    bound: 'dpop',
    kept: 'encrypted-file',
  });

  const status = causeway(['status']);
  expect(await status.ended).toMatchObject({ code: 0 });
  expect(status.lines).toMatchObject([{ type: 'status', signedIn: true, problem: null }]);

  const apis = causeway(['apis']);
  expect(await apis.ended).toMatchObject({ code: 0 });
  const listed = (apis.lines[0]?.['apis'] ?? []) as { id: string; access: string }[];
  expect(listed.filter(({ access }) => access === 'open').map(({ id }) => id)).toEqual(['orders', 'inventory']);

  const port = await freePort();
  const connect = causeway(['connect', 'orders', '--port', String(port)]);
  const connected = await connect.line((line) => line.type === 'connected');
  expect(connected).toMatchObject({ api: 'orders', port, address: `http://127.0.0.1:${port}` });
  const answer = await fetch(`http://127.0.0.1:${port}/v1/orders/4711`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('json')]);
  const denied = await fetch(`http://127.0.0.1:${port}/v1/orders/4711`, { method: 'DELETE' });
  expect(denied.status).toBe(403);
  expect(await connect.line((line) => line.type === 'request' && line['method'] === 'DELETE')).toMatchObject({
    decision: 'deny',
    rule: 'orders-are-kept',
    status: 403,
  });
  connect.child.kill('SIGINT');
  expect(await connect.ended).toMatchObject({ code: 0 });
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();

  const files = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    files.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  expect(contents.some((content) => content.includes('relayUrl'))).toBe(true);
  for (const content of contents) expect(content).not.toMatch(/eyJ[\w-]{10}|accessToken|refreshToken/);

  const logout = causeway(['logout']);
  expect(await logout.ended).toMatchObject({ code: 0 });
  const after = causeway(['status']);
  expect(await after.ended).toMatchObject({ code: 3 });
  const left = await readdir(join(stateDir, 'secrets'), { recursive: true });
  expect(left.filter((name) => name.endsWith('.secret'))).toEqual([]);
});

test('login --device needs no browser here, and a service that isn’t there is named', async () => {
  const login = causeway(['login', world.relayUrl, '--device']);
  const { url, userCode } = await login.line((line) => line.type === 'enter-code');
  await approveDevice(String(url), { user: 'alice', userCode: String(userCode) });
  expect(await login.ended).toMatchObject({ code: 0 });
  expect(login.lines.map(({ type }) => type)).toEqual(['enter-code', 'signed-in']);
  const other = causeway(['login', world.relayUrl, '--issuer', 'Partners']);
  expect(await other.ended).toMatchObject({ code: 2 });
  expect(other.lines.at(-1)).toMatchObject({ code: 'bad-input', detail: expect.stringContaining('“Example Company”') });
});

test('step-up signs the same person in afresh, and only somebody who is signed in', async () => {
  const early = causeway(['step-up']);
  expect(await early.ended).toMatchObject({ code: 3 });
  await logIn();
  const connect = causeway(['connect', 'inventory']);
  await connect.line(({ type, status }) => type === 'tunnel' && status === 'open');
  const stepUp = causeway(['step-up', '--max-age', '60']);
  await passSignIn(stepUp);
  expect(await stepUp.ended).toMatchObject({ code: 0 });
  expect(stepUp.lines.at(-1)).toMatchObject({ type: 'stepped-up', relayUrl: world.relayUrl });
  const other = causeway(['step-up']);
  await passSignIn(other, 'bob');
  expect(await other.ended).toMatchObject({ code: 3 });
  expect(other.lines.at(-1)).toMatchObject({ type: 'problem', code: 'sign-in-denied' });
});

test('doctor finds every hop in order when signed in', async () => {
  await logIn();
  const doctor = causeway(['doctor']);
  expect(await doctor.ended).toMatchObject({ code: 0 });
  const hops = doctor.lines.filter(({ type }) => type === 'hop');
  expect(hops.map(({ hop, status }) => `${String(hop)} ${String(status)}`)).toEqual([
    'dns ok',
    'proxy ok',
    'tls ok',
    'clock ok',
    'relay ok',
    'idp ok',
    'token ok',
    'tunnel ok',
    'listener ok',
  ]);
});

test('doctor names the identity provider when that is the hop that fails', async () => {
  await logIn();
  await world.idp.setAvailability('error');
  try {
    const doctor = causeway(['doctor']);
    expect(await doctor.ended).toMatchObject({ code: 4 });
    const [failed, ...others] = doctor.lines.filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject({ hop: 'idp', problem: { code: 'idp-unreachable' } });
    expect(others).toEqual([]);
    expect(doctor.lines.at(-1)).toMatchObject({ type: 'doctor', ok: false });
  } finally {
    await world.idp.setAvailability('up');
  }
});

test('without keychain and passphrase, connect signs in by itself and nothing secret is written', async () => {
  const connect = causeway(['connect', 'inventory', '--relay', world.relayUrl, '--access-key'], {});
  await passSignIn(connect);
  const { port, protection, accessKey } = await connect.line((line) => line.type === 'connected');
  const url = `http://localhost:${Number(port)}/v1/items`;
  expect(protection).toBe('access-key');
  expect((await fetch(url)).status).toBe(403);
  expect((await fetch(url, { headers: { 'x-causeway-key': String(accessKey) } })).status).toBe(200);
  connect.child.kill('SIGTERM');
  expect(await connect.ended).toMatchObject({ code: 0 });
});

test('a port that is taken ends connect with exit code 6 and names the holder', async () => {
  await logIn();
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  try {
    const connect = causeway(['connect', 'orders', '--port', String(port)]);
    expect(await connect.ended).toMatchObject({ code: 6 });
    expect(connect.lines.at(-1)).toMatchObject({
      type: 'problem',
      code: 'port-taken',
      detail: expect.stringContaining(`process ${process.pid}`),
    });
  } finally {
    squatter.close();
  }
});

test('being refused at the provider ends login with exit code 3 and the provider’s words', async () => {
  const login = causeway(['login', world.relayUrl]);
  const { url } = await login.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice', decision: 'deny' });
  expect(await login.ended).toMatchObject({ code: 3 });
  expect(login.lines.at(-1)).toMatchObject({ type: 'problem', code: 'sign-in-denied' });
});

test('Ctrl+C while waiting for the browser ends login with exit code 3', async () => {
  const login = causeway(['login', world.relayUrl]);
  await login.line((line) => line.type === 'open-page');
  login.child.kill('SIGINT');
  expect(await login.ended).toMatchObject({ code: 3 });
  expect(login.lines.at(-1)).toMatchObject({ code: 'sign-in-cancelled' });
});

test.each([
  { name: 'an address that isn’t one', args: ['login', 'http://relay.example.com'], code: 2, problem: 'bad-input' },
  { name: 'no relay at all', args: ['login'], code: 2, problem: 'bad-input' },
  { name: 'a CA file that isn’t there', args: ['status', '--ca', '/nowhere/ca.pem'], code: 2, problem: 'bad-input' },
  { name: 'apis without a sign-in', args: ['apis'], code: 3, problem: 'not-signed-in' },
  { name: 'logout without a sign-in', args: ['logout'], code: 3, problem: 'not-signed-in' },
  { name: 'a relay that isn’t there', args: ['login', 'https://relay.invalid'], code: 4, problem: 'relay-unreachable' },
])('$name ends with exit code $code and one problem', async ({ args, code, problem }) => {
  const command = startCli(['--state-dir', stateDir, '--no-browser', ...args], passphrase);
  running.push(command);
  expect(await command.ended).toMatchObject({ code, stderr: '' });
  expect(command.lines.map(({ type, code: of }) => [type, of])).toEqual([['problem', problem]]);
});

test('a relay whose certificate isn’t trusted is refused with exit code 4', async () => {
  const login = startCli(['login', world.relayUrl, '--state-dir', stateDir, '--no-browser'], passphrase);
  running.push(login);
  expect(await login.ended).toMatchObject({ code: 4 });
  expect(login.lines).toMatchObject([{ code: 'relay-untrusted-certificate' }]);
});

test('doctor looks at a relay that is only typed, before any sign-in', async () => {
  const command = startCli(['doctor', 'relay.invalid', '--state-dir', stateDir], passphrase);
  running.push(command);
  expect(await command.ended).toMatchObject({ code: 4 });
  expect(command.lines[0]).toMatchObject({ type: 'hop', hop: 'dns', status: 'failed' });
});

test('an unknown command is a usage error', async () => {
  const command = startCli(['nonsense'], passphrase);
  running.push(command);
  expect(await command.ended).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: causeway') });
});
