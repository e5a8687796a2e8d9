import { once } from 'node:events';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { letGroupConnect } from '../../../relay/admin/socket-group.ts';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { doctorCommand } from '../../../relay/commands/doctor.ts';
import { checkNames, exitCodeOf, type Finding } from '../../../relay/doctor/finding.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { startOwnDisk, whyNoOwnDisk } from '../../support/own-disk.ts';
import { postgresPrograms, startPostgres } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { asked, caller, count, writeAudit } from '../reports/audit-of.ts';
import { type DoctorWorld, orders, startDoctorWorld, withAccounts, withIssuer, wrong } from './doctor-world.ts';

let world: DoctorWorld;
beforeAll(async () => void (world = await startDoctorWorld()));
afterAll(() => world?.close());
afterEach(() => world.reset());

it('finds nothing wrong with a healthy relay, looks at everything, and leaves nothing behind', async () => {
  const findings = await world.look();
  expect(wrong(findings)).toEqual([]);
  expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(checkNames));
  expect(exitCodeOf(findings)).toBe(0);
  expect(readdirSync(world.dataDir)).toEqual([]);
});

describe.skipIf(whyNoOwnDisk() !== null)('a disk', () => {
  it.each<[string, 'fill' | 'breakDown' | 'freeze', RegExp]>([
    ['that is full', 'fill', /are free|can’t be made durable/],
    ['that has gone read-only', 'breakDown', /can’t be made durable \(EROFS/],
    ['that holds everything up', 'freeze', /took too long/],
  ])('%s', async (_what, fault, words) => {
    const disk = startOwnDisk();
    try {
      const config = world.config();
      const placed = { ...config, relay: { ...config.relay, data: disk.folder } };
      disk[fault]();
      const found = wrong(await world.look(placed)).filter(
        ({ check, verdict }) => check === 'disk' && verdict === 'error',
      );
      expect(found.map((finding) => finding.found).join()).toMatch(words);
    } finally {
      if (fault === 'freeze') disk.thaw();
      disk.close();
    }
  });
});

describe.skipIf(postgresPrograms === null)('PostgreSQL', () => {
  it('is empty, of this version, of a newer relay, then stopped; the doctor changes nothing in it', async () => {
    const server = await startPostgres();
    try {
      const storage = `${await server.createDatabase()}?sslmode=disable`;
      const config = { ...world.config(), storage };
      const of = async (): Promise<readonly Finding[]> =>
        (await world.look(config)).filter(({ check }) => check === 'storage');
      expect(await of()).toMatchObject([{ verdict: 'fine' }, { verdict: 'warning', found: /no tables/ }].map(asMatch));
      const client = new Client({ connectionString: storage });
      await client.connect();
      const tables = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
      expect(tables.rowCount).toBe(0);
      await client.query('CREATE TABLE causeway_schema (domain TEXT PRIMARY KEY, version INTEGER NOT NULL)');
      expect(await of()).toMatchObject(
        [{ verdict: 'fine' }, { verdict: 'warning', found: /older relay/ }].map(asMatch),
      );
      await client.query("INSERT INTO causeway_schema VALUES ('locks', 99)");
      expect(await of()).toMatchObject(
        [{ verdict: 'fine' }, { verdict: 'error', found: /newer relay.*locks/ }].map(asMatch),
      );
      await client.end();
      await server.kill();
      const [stopped] = await of();
      expect(stopped).toMatchObject({ verdict: 'error', found: expect.stringMatching(/can’t be used/) });
      expect(JSON.stringify(stopped)).not.toContain('test-password');
    } finally {
      await server.stop();
    }
  });
});

const asMatch = ({ verdict, found }: { verdict: string; found?: RegExp }): object => ({
  verdict,
  ...(found === undefined ? {} : { found: expect.stringMatching(found) }),
});

describe.skipIf(redisProgram === null)('Redis', () => {
  it('answers; one that forgets by itself is told', async () => {
    const server = await startRedis();
    try {
      const config = {
        ...world.config(),
        shared_state: { store: 'redis' as const, url: server.url, timeout_ms: 10_000 },
      };
      const of = async (): Promise<readonly Finding[]> =>
        (await world.look(config)).filter(({ check }) => check === 'redis');
      expect(await of()).toMatchObject([{ verdict: 'fine' }]);
      const { createClient } = await import('redis');
      const client = createClient({ url: server.url });
      await client.connect();
      await client.configSet('maxmemory-policy', 'allkeys-lru');
      client.destroy();
      expect(await of()).toMatchObject([{ verdict: 'fine' }, { verdict: 'warning' }]);
    } finally {
      await server.stop();
    }
  });
});

it('tells no secret, whatever is wrong', async () => {
  const dead = await freePort();
  const secrets = {
    TOKEN: 'secret-token',
    REDIS: 'secret-redis',
    DATABASE: 'secret-database',
    CLIENT: 'secret-client',
  };
  const config = world.config();
  const findings = await world.look(
    {
      ...withIssuer(
        orders(config, { headers: { Authorization: 'Bearer ${env:TOKEN}' }, upstream: `http://127.0.0.1:${dead}` }),
        { relay_client: { client_id: 'relay', secrets: ['${env:CLIENT}'] } },
      ),
      shared_state: { store: 'redis', url: `redis://:\${env:REDIS}@127.0.0.1:${dead}` },
      storage: `postgres://u:\${env:DATABASE}@127.0.0.1:${dead}/d?sslmode=disable`,
    },
    secrets,
  );
  expect(wrong(findings).map(({ check }) => check)).toEqual(expect.arrayContaining(['upstreams', 'redis', 'storage']));
  expect(JSON.stringify(findings)).not.toMatch(/secret-/);
});

describe('the command', () => {
  const run = async (config: ConfigInput, json: boolean): Promise<{ text: string; code: number }> => {
    await world.look(config);
    let text = '';
    const code = await doctorCommand({
      configPath: join(world.folder, 'relay.yaml'),
      version: '1.0.0',
      socketName: 'admin.sock',
      slowDiskMs: Infinity,
      json,
      write: (more) => void (text += more),
    });
    return { text, code };
  };

  it('says in words what to do, and in JSON the same', async () => {
    const broken = orders(world.config(), { upstream: `http://127.0.0.1:${await freePort()}` });
    const { text, code } = await run(broken, false);
    expect(code).toBe(1);
    expect(text).toMatch(/Upstreams\n {2}FAIL orders: .*nothing listens there.*\n {7}→ Look at the API/);
    expect(text).toMatch(/Failures: 1\. Warnings: 0\.\n$/);
    const { findings } = JSON.parse((await run(broken, true)).text) as { findings: readonly Finding[] };
    expect(wrong(findings)).toMatchObject([{ check: 'upstreams', subject: 'orders', verdict: 'error' }]);
  });

  it('ends with 0 when nothing is wrong, and 3 for warnings', async () => {
    expect(await run(world.config(), false)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/Nothing is wrong\.\n$/),
    });
    world.breakProvider({ clockMs: 30_000 });
    expect((await run(world.config(), false)).code).toBe(3);
  });

  it('leaves modes as they were', async () => {
    chmodSync(world.dataDir, 0o750);
    await run(world.config(), false);
    expect(statSync(world.dataDir).mode & 0o777).toBe(0o750);
  });
});

describe('the files of a relay with admin.socket_group', () => {
  const withGroup = (config: ConfigInput): ConfigInput => ({
    ...config,
    admin: { listen: { port: 0 }, socket_group: process.getgid?.() ?? 0 },
  });
  let socket: Server;
  beforeEach(async () => {
    socket = createServer((connection) => connection.destroy());
    socket.listen(join(world.dataDir, 'admin.sock'));
    await once(socket, 'listening');
    letGroupConnect(join(world.dataDir, 'admin.sock'), String(process.getgid?.() ?? 0));
    writeFileSync(join(world.dataDir, 'sessions.sqlite'), '', { mode: 0o600 });
  });
  afterEach(async () => void (await new Promise((resolve) => socket.close(resolve))));
  const faultsOf = async (config: ConfigInput): Promise<readonly (readonly [string, string])[]> =>
    wrong(await world.look(config))
      .filter(({ check }) => check === 'files')
      .map(({ subject, advice }) => [subject.replace(world.dataDir, ''), advice?.replace(world.dataDir, '') ?? '']);

  it.each<[string, string, number, string]>([
    ['a folder that the group can list', '', 0o750, 'Run: chmod 0710 '],
    ['a folder that others can enter', '', 0o711, 'Run: chmod 0710 '],
    ['a socket that others can use', '/admin.sock', 0o666, 'Run: chmod 0660 /admin.sock'],
    ['a database that the group can read', '/sessions.sqlite', 0o640, 'Run: chmod 0600 /sessions.sqlite'],
  ])('are wrong with %s, and the advice leaves the group what it has', async (_, name, mode, advice) => {
    chmodSync(join(world.dataDir, name), mode);
    expect(await faultsOf(withGroup(world.config()))).toEqual([[name, advice]]);
  });

  it('are right as the relay makes them, and wrong once the group is gone from the config', async () => {
    expect(await faultsOf(withGroup(world.config()))).toEqual([]);
    expect(await faultsOf(world.config())).toEqual([
      ['', 'Run: chmod 0700 '],
      ['/admin.sock', 'Run: chmod 0600 /admin.sock'],
    ]);
  });
});

it('leaves nothing in the folder of a relay that doesn’t run, whoever runs the doctor', async () => {
  await writeAudit(world.dataDir, [asked(caller('alice'), 1)]);
  await count(world.dataDir);
  const before = readdirSync(world.dataDir);
  const sinks = [{ name: 'file', kind: 'file' as const, path: 'records.log' }];
  const findings = await world.look({ ...world.config(), audit: { sinks } });
  expect(findings.filter(({ check }) => check === 'audit')).toMatchObject([
    { verdict: 'fine', found: expect.stringMatching(/records 1 to \d+/) },
  ]);
  expect(readdirSync(world.dataDir)).toEqual(before);
});

it('groups that nobody ever had are told, with what they are likely to be', async () => {
  await writeAudit(world.dataDir, [asked(caller('alice', ['developers', 'staff']), 1)]);
  await count(world.dataDir);
  const rules = [
    { name: 'some', groups: ['developers', 'everyone', '*'] },
    { name: 'typo', groups: ['develpers'] },
    { name: 'by-grant', groups: ['operators'] },
    { name: 'by-grant-everywhere', groups: ['on-call'] },
    { name: 'emergency', groups: ['sre', 'break-glass'] },
  ];
  const requests = { roles: ['operators'], approvers: ['staff'] };
  const config = {
    ...withAccounts(orders(world.config(), { rules, access_requests: requests })),
    access_requests: { roles: [{ role: 'on-call', approvers: ['staff'] }] },
    tiers: [{ name: 'gold', groups: ['staff', 'partners'] }, { name: 'rest' }],
  };
  const told = wrong(await world.look(config)).filter(({ found }) => found.includes('nobody had'));
  expect(told.map(({ found }) => found)).toEqual([
    expect.stringMatching(/rule “some”.*names the group “everyone”, which nobody had/),
    expect.stringMatching(/“develpers”.*Did you mean “developers”\?/),
    expect.stringMatching(/tier “gold” names the group “partners”, which nobody had/),
  ]);
  let said = '';
  expect(await checkConfig(join(world.folder, 'relay.yaml'), (text) => void (said += text))).toBe(0);
  expect(said.match(/^Note: .*nobody had/gm)).toHaveLength(3);
});
