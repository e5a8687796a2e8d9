import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportPKCS8, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { serviceCredentials } from '../../../client/cli/service-options.ts';
import { textFile } from '../../../client/services/service-credentials.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { freePort } from '../../support/free-port.ts';
import { coreFixture, profileWhere } from '../support/core-fixture.ts';
import { type RunningCli, startCli } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const secret = 'a secret that only this service knows';
let world: DemoWorld;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let folder: string;
const running: RunningCli[] = [];

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await exportJWK(keys.publicKey)), alg: 'ES256', use: 'sig' };
  const groups = ['developers'];
  const services = [
    { clientId: 'nightly-report', secret, groups },
    { clientId: 'deploy-job', publicJwk, groups },
  ];
  world = await startDemoWorld({ idp: { services } });
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-service-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.kill()));
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

function connect(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningCli {
  const common = [
    '--relay',
    world.relayUrl,
    '--ca',
    world.caPath,
    '--state-dir',
    join(folder, 'state'),
    '--no-browser',
  ];
  const started = startCli(['connect', 'orders', ...common, ...args], environment);
  running.push(started);
  return started;
}

/** Waits for the address and calls it once. */
async function callThrough(command: RunningCli): Promise<number> {
  const { address } = await command.line(({ type }) => type === 'connected');
  return (await fetch(`${String(address)}/v1/orders/4711`)).status;
}

const clientCredentials = ['--client-credentials', '--client-id', 'nightly-report'];

test.each([
  { name: 'no client', options: { clientCredentials: true }, problem: /Which client/ },
  { name: 'no secret', options: { clientCredentials: true, clientId: 'a' }, problem: /exactly one of/ },
  {
    name: 'a secret and a key',
    options: { clientCredentials: true, clientId: 'a', clientSecretFile: 'a', clientKey: 'b' },
    problem: /exactly one of/,
  },
  { name: 'two ways', options: { clientCredentials: true, tokenFile: 'a' }, problem: /^Either/ },
])('$name is a usage error', ({ options, problem }) => {
  expect(() => serviceCredentials(options, {})).toThrow(problem);
});

test('a file that isn’t there is named', async () => {
  await expect(textFile('/nowhere/key', 'secret')()).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('/nowhere/key'),
  });
});

test('a secret that other users can read is refused', async () => {
  const command = connect([...clientCredentials, '--client-secret-file', await file('secret', secret, 0o644)]);
  expect(await command.ended).toMatchObject({ code: 2 });
  expect(command.lines.at(-1)).toMatchObject({ detail: expect.stringContaining('other users') });
});

test('a key that isn’t one is refused', async () => {
  const command = connect([...clientCredentials, '--client-key', await file('key', 'not a key')]);
  expect(await command.ended).toMatchObject({ code: 2 });
});

test('a wrong secret is denied with the provider’s words', async () => {
  const command = connect(clientCredentials, { CAUSEWAY_CLIENT_SECRET: 'wrong' });
  expect(await command.ended).toMatchObject({ code: 3 });
  expect(command.lines.at(-1)).toMatchObject({
    code: 'sign-in-denied',
    detail: expect.stringContaining('invalid_client'),
  });
});

test('a token that has ended is not presented', async () => {
  const token = await world.idp.mintAccessToken({ user: 'alice', expiresInSeconds: -10 });
  const command = connect(['--token-file', await file('token', token)]);
  expect(await command.ended).toMatchObject({ code: 4 });
  expect(command.lines.at(-1)).toMatchObject({ code: 'renewal-failed' });
});

test('with a secret from a file a service connects, and nothing of it is kept', async () => {
  const command = connect([...clientCredentials, '--client-secret-file', await file('secret', `${secret}\n`)]);
  expect(await callThrough(command)).toBe(200);
  expect(command.lines.filter(({ type }) => type === 'open-page')).toEqual([]);
  command.child.kill('SIGINT');
  expect(await command.ended).toMatchObject({ code: 0 });
  const files = await readdir(join(folder, 'state'), { recursive: true });
  expect(files.filter((name) => /state\.json|secret/.test(name))).toEqual([]);
});

test('the secret may come from the environment, and the key in place of a secret as PEM or JWK', async () => {
  expect(await callThrough(connect(clientCredentials, { CAUSEWAY_CLIENT_SECRET: secret }))).toBe(200);
  const byKey = ['--client-credentials', '--client-id', 'deploy-job', '--client-key'];
  const pem = await file('key.pem', await exportPKCS8(keys.privateKey));
  expect(await callThrough(connect([...byKey, pem, '--port', String(await freePort())]))).toBe(200);
  const jwk = await file('key.jwk', JSON.stringify(await exportJWK(keys.privateKey)));
  expect(await callThrough(connect([...byKey, jwk, '--port', String(await freePort())]))).toBe(200);
});

test('a workload’s JWT stands for the client, or is itself what the relay takes', async () => {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('deploy-job')
    .setSubject('deploy-job')
    .setAudience(world.idp.issuer)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(keys.privateKey);
  const path = await file('assertion', assertion, 0o644);
  const args = ['--client-credentials', '--client-id', 'deploy-job', '--client-assertion-file', path];
  expect(await callThrough(connect([...args, '--port', String(await freePort())]))).toBe(200);
  const token = await world.idp.mintAccessToken({ user: 'alice' });
  const tokenFile = await file('token', token, 0o644);
  expect(await callThrough(connect(['--token-file', tokenFile, '--port', String(await freePort())]))).toBe(200);
});

test('a service’s token is renewed by asking again, with the secret as it is then, while connections stay', async () => {
  world.idp.reconfigure({ accessTokenSeconds: 8 });
  const fixture = await coreFixture(null);
  try {
    const core = fixture.make({ ca: [world.ca] });
    await core.start();
    let reads = 0;
    const read = async (): Promise<string> => {
      reads += 1;
      return secret;
    };
    const service = { type: 'client-secret', clientId: 'nightly-report', read } as const;
    await core.signIn(world.relayUrl, { service });
    const first = await profileWhere(core, (p) => p.tunnel.status === 'open');
    const firstEnd = first.signIn.status === 'signed-in' ? first.signIn.expiresAtMs : 0;
    expect(first.signIn).toMatchObject({ bound: 'dpop' });
    const later = await profileWhere(
      core,
      (p) => p.signIn.status === 'signed-in' && p.signIn.expiresAtMs > firstEnd + 8_000,
    );
    expect(later.tunnel).toMatchObject({
      status: 'open',
      sessionId: (first.tunnel as { sessionId: string }).sessionId,
    });
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(world.idp.counts.refreshes).toBe(0);
    expect(fixture.opened).toEqual([]);
  } finally {
    world.idp.reconfigure({ accessTokenSeconds: 600 });
    await fixture.close();
  }
});
