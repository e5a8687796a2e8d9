import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    separate: true,
    apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

const noWriting = { name: 'no-writing', effect: 'deny', groups: ['*'], methods: ['POST'] } as const;
const get = (): string => `GET /x HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\n\r\n`;
const post = (): string => `POST /x HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\nContent-Length: 0\r\n\r\n`;

/** Changes the rules on disk and waits until the running relay says that it has them. */
async function setRules(rules: readonly object[]): Promise<void> {
  const before = world.process?.log.length ?? 0;
  await world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => ({ ...api, rules: rules as typeof api.rules })),
  }));
  await world.process?.waitForLog(
    (line) => line.msg === 'config reloaded' && (world.process?.log.indexOf(line) ?? -1) >= before,
  );
}

it('a changed rule holds for the next request of an open connection, which stays open', async () => {
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(post());
  expect((await connection.readResponse()).status).toBe(200);
  await setRules([{ name: 'everybody', groups: ['*'] }, noWriting]);
  connection.write(post());
  const denied = await connection.readResponse();
  expect(denied.status).toBe(403);
  expect(JSON.parse(denied.body.toString())).toMatchObject({ code: 'policy-denied', rule: 'no-writing' });
  connection.write(get());
  expect((await connection.readResponse()).status).toBe(200);
  connection.close();
});

it('the catalog that people see changes with the rules, without a sign-in or a poll', async () => {
  await setRules([{ name: 'finance', groups: ['finance'] }]);
  const locked = await world.client.waitFor('the new catalog', ({ profiles }) => {
    const state = profiles[0]?.catalog;
    const entry = state?.status === 'ready' ? state.catalog.apis.find(({ id }) => id === 'echo') : undefined;
    return entry?.access === 'locked' ? entry : null;
  });
  expect(locked.unlockedBy).toEqual(['finance']);
  await setRules([{ name: 'everybody', groups: ['*'] }, noWriting]);
});

it('a broken file leaves the old policy in force and says why', async () => {
  writeFileSync(world.configPath, 'apis: [broken\n', { mode: 0o600 });
  const line = await world.process?.waitForLog(({ msg }) => msg === 'config refused, the old one stays in force');
  expect(String(line?.['reason'])).toMatch(/relay\.yaml:\d+/);
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(post());
  expect((await connection.readResponse()).status).toBe(403);
  connection.write(get());
  expect((await connection.readResponse()).status).toBe(200);
  connection.close();
});

it('the relay ends cleanly when told to', async () => {
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(get());
  expect((await connection.readResponse()).status).toBe(200);
  expect(await world.process?.stop()).toBe(0);
  connection.close();
  if (!connection.socket.closed) await once(connection.socket, 'close');
});
