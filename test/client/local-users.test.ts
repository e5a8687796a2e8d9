import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startPipelineWorld, type PipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { type EchoUpstream, startEcho } from '../support/upstreams/start-echo.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const canSwitchUser = process.platform === 'linux' && process.getuid?.() === 0;

let echo: EchoUpstream;
let world: PipelineWorld;
let address: string;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  address = `http://127.0.0.1:${world.port('echo')}`;
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

/** `<exit code> <HTTP status>` of a curl of this user or, with `uid`, of another one. */
async function curl(args: readonly string[], uid?: number): Promise<string> {
  const call = [
    'curl',
    '--silent',
    '--max-time',
    '60',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
    ...args,
  ];
  const whole = uid === undefined ? call : ['setpriv', `--reuid=${uid}`, '--clear-groups', ...call];
  const [program = '', ...rest] = whole;
  try {
    return `0 ${(await run(program, rest, { cwd: '/' })).stdout}`;
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return `${code} ${stdout}`;
  }
}

function connection() {
  const state = world.client.core.snapshot().profiles[0]?.connections['echo'];
  if (state?.status !== 'on') throw new Error('echo isn’t connected');
  return state;
}

describe.runIf(canSwitchUser)('another user of this computer', () => {
  const nobody = canSwitchUser ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0;

  test.each(['127.0.0.1', '[::1]', 'localhost'])('is cut off at %s before anything reaches the relay', async (host) => {
    const decided = world.decisions().length;
    const url = `http://${host}:${world.port('echo')}/v1/secret`;
    expect(await curl([url], nobody)).toMatch(/^(52|56) 000$/);
    expect(world.decisions()).toHaveLength(decided);
    expect(echo.requests).toEqual([]);
    expect(await curl([url])).toBe('0 200');
  });

  test('is cut off at the gateway’s port', async () => {
    const url = `http://echo.localhost:${world.gatewayPort()}/v1/secret`;
    expect(await curl([url], nobody)).toMatch(/^(52|56) 000$/);
    expect(echo.requests).toEqual([]);
    expect(await curl([url])).toBe('0 200');
  });

  test('can’t open the Unix socket', async () => {
    expect(await curl(['--unix-socket', connection().socketPath ?? '', 'http://localhost/'], nobody)).toBe('7 000');
    expect(echo.requests).toEqual([]);
  });

  test('is told in the activity: an entry for the API and one for the gateway', () => {
    const told = world.client.core
      .activity(world.profileId)
      .entries.filter(({ connections: count }) => count !== undefined);
    const entry = {
      decision: 'deny',
      connections: 1,
      reason: expect.stringContaining('Another user of this computer'),
    };
    expect(told).toEqual([
      expect.objectContaining({ ...entry, api: 'echo' }),
      expect.objectContaining({ ...entry, api: '*.localhost' }),
    ]);
  });

  test('is what the state says that the address is protected from', () => {
    expect(connection().protection).toBe('peer-user');
  });
});

describe.runIf(process.platform !== 'win32')('the Unix socket', () => {
  test('reaches the API by the two names that it has, and by no other', async () => {
    const socket = ['--unix-socket', connection().socketPath ?? ''];
    expect(await curl([...socket, 'http://localhost/v1/a'])).toBe('0 200');
    expect(await curl([...socket, 'http://echo.localhost/v1/b'])).toBe('0 200');
    expect(await curl([...socket, 'http://other.localhost/v1/c'])).toBe('0 403');
    expect(await curl([...socket, `${address}/v1/d`])).toBe('0 403');
    expect(echo.requests.map(({ target }) => target)).toEqual(['/v1/a', '/v1/b']);
  });

  test('has names that the ports don’t take', async () => {
    expect(await curl(['--header', 'Host: localhost', `${address}/`])).toBe('0 403');
    expect(await curl(['--header', 'Host: echo.localhost', `${address}/`])).toBe('0 403');
  });

  test('carries other methods and is decided and audited like the ports', async () => {
    const socket = connection().socketPath ?? '';
    expect(await curl(['--unix-socket', socket, '--data', '{"a":1}', 'http://localhost/v1/orders'])).toBe('0 200');
    expect(world.decisions(1)[0]?.record).toMatchObject({ api: 'echo', method: 'POST', path: '/v1/orders' });
  });
});

test('with an access key, only requests that carry it pass, and it goes no further', async () => {
  const { core } = world.client;
  await core.setAccessKey(world.profileId, 'echo', true);
  const key = (await core.accessKey(world.profileId, 'echo')) ?? '';
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(connection().protection).toBe('access-key');
  expect(JSON.stringify(core.snapshot())).not.toContain(key);
  const gateway = `http://echo.localhost:${world.gatewayPort()}/`;
  const header = (value: string): string[] => ['--header', `X-Causeway-Key: ${value}`];

  expect(await curl([address])).toBe('0 403');
  expect(await curl([gateway])).toBe('0 403');
  expect(await curl([...header(`${key.slice(1)}x`), address])).toBe('0 403');
  expect(await curl([...header(''), '--header', 'X-Causeway-Key;', address])).toBe('0 403');
  expect(await curl([...header(key), ...header(key), address])).toBe('0 400');
  expect(await curl(['--header', `X_Causeway_Key: ${key}`, address])).toBe('0 403');
  const refusal = (await (await fetch(address)).json()) as { code: string };
  expect(refusal.code).toBe('access-key-needed');
  expect(echo.requests).toEqual([]);

  expect(await curl([...header(key), address])).toBe('0 200');
  expect(await curl([...header(key), gateway])).toBe('0 200');
  expect(await curl(['--unix-socket', connection().socketPath ?? '', 'http://localhost/'])).toBe('0 200');
  expect(JSON.stringify(echo.requests)).not.toContain(key);
  expect(JSON.stringify(world.decisions())).not.toContain(key);

  await core.setAccessKey(world.profileId, 'echo', true);
  expect(await curl([...header(key), address])).toBe('0 403');
  await core.setAccessKey(world.profileId, 'echo', false);
  expect(await curl([address])).toBe('0 200');
  expect(await core.accessKey(world.profileId, 'echo')).toBeNull();
});
