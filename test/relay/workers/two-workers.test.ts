import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { openTunnels } from '../../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { closeCode, frameType } from '../../../shared/tunnel/protocol.ts';
import { encodeResumption } from '../../../shared/tunnel/resumption.ts';
import { dial, frame, getRequest, hello, host, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { ask, onBothWorkers, startWorkersWorld, welcomed, welcomedOn, type WorkerTunnel } from './workers-world.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const patient = { timeout: 60_000 };

let world: TunnelWorld;

beforeAll(async () => {
  world = await startWorkersWorld({
    limits: { max_tunnels_per_user: 3 },
    configure: (config) => ({
      ...config,
      tiers: [{ name: 'counted', groups: ['counted'] }],
      request_limits: [{ name: 'a-hundred', tiers: ['counted'], requests: 100, every: 'month' }],
      apis: config.apis.map((api) => ({
        ...api,
        rules: [
          { name: 'developers', groups: ['developers'] },
          { name: 'kept', effect: 'deny', methods: ['DELETE'] },
        ],
      })),
    }),
  });
});
beforeEach(({ onTestFailed }) => {
  // A relay that ended says here what for.
  onTestFailed(() => {
    const lastWords = world.relay.log.slice(-30).map((line) => JSON.stringify(line));
    process.stderr.write(`${lastWords.join('\n')}\n`);
  });
});
afterAll(() => world.close());

/** The relay may notice a moment later than its client that a link is gone. */
function welcomedOnceThereIsRoom(token: string): Promise<WorkerTunnel> {
  return vi.waitFor(() => welcomed(world, token), { timeout: 60_000, interval: 50 });
}

const deletion = Buffer.from(`DELETE / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

test('requests on both workers are decided and recorded in one chain, which verifies', async () => {
  const token = await world.issuer.token('ann');
  const [one, two] = await onBothWorkers(world, token);
  for (const { tunnel } of [one, two]) {
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(2, deletion)).toBe(403);
  }
  await expect
    .poll(() => {
      const entries = queryAudit(world.dataDir, { user: 'ann', limit: 100 });
      return entries.flatMap(({ record, outcome }) =>
        record.type === 'decision' ? [`${record.caller.sessionId} ${record.effect} ${outcome?.status}`] : [],
      );
    }, patient)
    .toEqual(
      expect.arrayContaining(
        [one, two].flatMap(({ sessionId }) => [`${sessionId} allow 200`, `${sessionId} deny 403`]),
      ),
    );
  expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
  const line = await world.relay.waitForLog(
    ({ msg, sessionId }) => msg === 'tunnel session' && sessionId === two.sessionId,
  );
  expect(line).toMatchObject({ worker: 2 });
  await Promise.all([one.tunnel.close(), two.tunnel.close()]);
});

test('a tunnel on one worker hears at once of a session that the person opens on the other', async () => {
  const first = await welcomedOn(world, 1, await world.issuer.token('dora', 3600, { sid: 'here' }));
  for (let attempt = 0, isThere = false; !isThere; attempt += 1) {
    first.tunnel.frames.length = 0;
    const other = await welcomed(world, await world.issuer.token('dora', 3600, { sid: `there-${attempt}` }));
    isThere = other.worker === 2;
    if (isThere) expect(await first.tunnel.waitForControl('activity')).toMatchObject({ sessionsChanged: true });
    await other.tunnel.close();
  }
  await first.tunnel.close();
});

test('sessions on both workers are in one list', async () => {
  const opened = [];
  for (const worker of [1, 2])
    opened.push(await welcomedOn(world, worker, await world.issuer.token('erik', 3600, { sid: `on-${worker}` })));
  const listed = (): readonly unknown[] => {
    const store = openSessionStore(world.dataDir);
    try {
      const sessions = store.list().filter(({ username }) => username === 'erik');
      return sessions.map((session) => openTunnels(session, Date.now()) > 0);
    } finally {
      store.close();
    }
  };
  await expect.poll(listed, patient).toEqual([true, true]);
  for (const { tunnel } of opened) await tunnel.close();
});

test('a quota is exact when one person sends 200 requests at once over both workers', async () => {
  const token = await world.issuer.token('carl', 3600, { groups: ['developers', 'counted'] });
  const tunnels = await onBothWorkers(world, token);
  const statuses = await Promise.all(
    tunnels.flatMap(({ tunnel }) => Array.from({ length: 100 }, (_, index) => tunnel.request(index + 1))),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100);
  await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
});

test('one person’s tunnels are capped over all workers, and closing one makes room', async () => {
  const token = await world.issuer.token('dora');
  const tunnels = [await welcomed(world, token), await welcomed(world, token), await welcomed(world, token)];
  expect(new Set(tunnels.map(({ worker }) => worker)).size).toBe(2);
  const tooMany = await openTunnel(world, 'dora', { token });
  tooMany.send(hello);
  expect(await tooMany.closed).toBe(closeCode.tooMuch);
  await tunnels.pop()?.tunnel.close();
  tunnels.push(await welcomedOnceThereIsRoom(token));
  await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
});

test('a tunnel that is away longest gives its place up, whichever worker has it', async () => {
  const token = await world.issuer.token('emil');
  const tunnels = [await welcomedOn(world, 1, token), await welcomed(world, token), await welcomed(world, token)];
  tunnels[0]?.tunnel.socket.terminate();
  await tunnels[0]?.tunnel.closed;
  await welcomedOnceThereIsRoom(token);
  const ended = await world.relay.waitForLog(
    (line) => line['event'] === 'closed' && line['sessionId'] === tunnels[0]?.sessionId,
  );
  expect(ended).toMatchObject({ worker: 1, detail: 'The link was lost, and its place was needed.' });
});

test('a lost tunnel goes on where it was, also when its client comes back to the other worker', async () => {
  const token = await world.issuer.token('ferdinand');
  const { tunnel, resumeToken } = await welcomed(world, token);
  tunnel.send(frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, getRequest().subarray(0, 10)));
  let next = resumeToken;
  let { received } = tunnel;
  let last = tunnel;
  const isHandedOver = (): boolean => world.relay.log.some((line) => line['isTaken'] === true);
  for (let attempt = 0; attempt < 200 && !isHandedOver(); attempt += 1) {
    last.socket.terminate();
    last = await openTunnel(world, '', { token });
    last.send(encodeResumption(frameType.resume, { token: next, received }));
    const resumed = await last.waitFor(({ type }) => type === frameType.resumed || type === frameType.resumeRefused);
    expect(resumed.type).toBe(frameType.resumed);
    next = String((JSON.parse(resumed.payload.toString()) as { token: string }).token);
    received += last.received;
  }
  expect(isHandedOver()).toBe(true);
  last.send(frame(frameType.data, 1, getRequest().subarray(10)));
  const answer = await last.waitFor(({ type, streamId }) => type === frameType.data && streamId === 1);
  expect(answer.payload.toString()).toMatch(/^HTTP\/1\.1 200 /);
  await last.close();
});

test('a resume token that names no worker, or one that doesn’t know it, resumes nothing', async () => {
  const token = await world.issuer.token('gerda');
  for (const name of ['1.1', '2.2', '2.99', '1.99', '3.1', '../1', '']) {
    const tunnel = await openTunnel(world, '', { token });
    tunnel.send(encodeResumption(frameType.resume, { token: `${name}.${'x'.repeat(43)}`, received: 0 }));
    await tunnel.waitFor(({ type }) => type === frameType.resumeRefused);
    await tunnel.close();
  }
});

test('a sign-out by the provider ends the person’s tunnels on both workers, and their tokens', async () => {
  const token = await world.issuer.token('hans');
  const tunnels = await onBothWorkers(world, token);
  const { status } = await ask(world, '/v1/backchannel-logout', {
    form: `logout_token=${await world.issuer.logoutToken('hans')}`,
  });
  expect(status).toBe(200);
  for (const { tunnel } of tunnels) {
    expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    await tunnel.closed;
  }
  for (let attempt = 0; attempt < 4; attempt += 1) {
    expect(await dial(world, '', { token })).toEqual({ status: 401, code: 'session-revoked' });
  }
});

test('a person’s sign-out ends that sign-in on both workers, and no other of the person', async () => {
  const [token, other] = [
    await world.issuer.token('hugo', 3600, { sid: 'hugo-laptop' }),
    await world.issuer.token('hugo', 3600, { sid: 'hugo-phone' }),
  ];
  const tunnels = await onBothWorkers(world, token);
  const stays = await welcomed(world, other);
  expect((await ask(world, '/v1/sign-out', { token, form: '' })).status).toBe(204);
  for (const { tunnel } of tunnels) {
    expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    await tunnel.closed;
  }
  for (let attempt = 0; attempt < 4; attempt += 1) {
    expect(await dial(world, '', { token })).toEqual({ status: 401, code: 'session-revoked' });
  }
  expect(await stays.tunnel.request(1)).toBe(200);
  await stays.tunnel.close();
});

test('a logout token counts once, whichever worker gets it', async () => {
  const form = `logout_token=${await world.issuer.logoutToken('ida')}`;
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async () => (await ask(world, '/v1/backchannel-logout', { form })).status),
  );
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 400, 400, 400, 400, 400]);
});

test('all workers publish the same keys', async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, () => ask(world, '/.well-known/jwks.json')));
  expect(answers[0]).toMatchObject({ status: 200, body: { keys: [{ alg: 'ES256' }] } });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test.runIf(process.platform === 'linux')(
  'while the primary process can’t write the audit, both workers refuse, and go on when it can',
  async () => {
    const token = await world.issuer.token('lisa');
    const tunnels = await onBothWorkers(world, token);
    const limitFiles = (bytes: number | 'unlimited'): void =>
      void execFileSync('prlimit', ['--pid', String(world.relay.pid), `--fsize=${bytes}:unlimited`]);
    limitFiles(4096);
    try {
      world.echo.clear();
      for (const { tunnel } of tunnels) expect(await tunnel.request(1)).toBe(503);
      await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(503);
      for (const { tunnel } of tunnels) expect(await tunnel.request(2)).toBe(503);
    } finally {
      limitFiles('unlimited');
    }
    await expect.poll(async () => (await ask(world, '/readyz')).status, patient).toBe(200);
    for (const { tunnel } of tunnels) expect(await tunnel.request(3)).toBe(200);
    await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
    expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
  },
);

test('a new config is in force on both workers, and one that can’t be used on neither', async () => {
  const token = await world.issuer.token('kurt');
  const tunnels = await onBothWorkers(world, token);
  world.configure((config) => ({ ...config, disclose: 'everything' as 'full' }));
  world.relay.signal('SIGHUP');
  await world.relay.waitForLog(({ msg }) => msg === 'config refused, the old one stays in force');
  for (const { tunnel } of tunnels) expect(await tunnel.request(1)).toBe(200);
  world.configure((config) => ({
    ...config,
    disclose: 'full',
    apis: config.apis.map((api) => ({ ...api, rules: [{ name: 'nobody', groups: [] }] })),
  }));
  world.relay.signal('SIGHUP');
  await world.relay.waitForLog(({ msg }) => msg === 'config reloaded');
  for (const { tunnel } of tunnels) expect(await tunnel.request(2)).toBe(403);
  await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
});

test('a rotated key that one worker has found is known to the other, although strangers have started both pauses', async () => {
  const catalog = (token: string) => ask(world, '/v1/catalog', { token });
  const [, payload, signature] = (await world.issuer.token('nora')).split('.');
  for (let count = 0; count < 12; count += 1) {
    const header = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `made-up-${count}` });
    await catalog(`${Buffer.from(header).toString('base64url')}.${payload}.${signature}`);
  }
  const loads = (of: number): number =>
    world.relay.log.filter(({ msg, worker }) => msg === 'issuer’s keys loaded' && worker === of).length;
  const before = [1, 2].map(loads);
  await world.issuer.rotateKey();
  const token = await world.issuer.token('nora');
  await vi.waitFor(async () => expect(await catalog(token)).toMatchObject({ status: 200 }), {
    timeout: 20_000,
    interval: 1000,
  });
  // Nobody asks meanwhile: by itself the other one would have to be asked again, or to wait until its pause of 30 s is over.
  await expect.poll(() => [1, 2].map((worker, at) => loads(worker) > (before[at] ?? 0))).toEqual([true, true]);
  for (let count = 0; count < 6; count += 1) expect((await catalog(token)).status).toBe(200);
});
