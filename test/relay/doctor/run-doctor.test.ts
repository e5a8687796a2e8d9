import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { letGroupConnect } from '../../../relay/admin/socket-group.ts';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { doctorCommand } from '../../../relay/commands/doctor.ts';
import { checkNames, type CheckName, exitCodeOf, type Finding, type Verdict } from '../../../relay/doctor/finding.ts';
import { lookAtDescriptors } from '../../../relay/doctor/look-at-descriptors.ts';
import { readPatient } from '../../../relay/doctor/patient.ts';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { startOwnDisk, whyNoOwnDisk } from '../../support/own-disk.ts';
import { freePort } from '../../support/free-port.ts';
import { postgresPrograms, startPostgres } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { Client } from 'pg';
import { asked, caller, count, writeAudit } from '../reports/audit-of.ts';
import { type DoctorWorld, startDoctorWorld, writeCertificate } from './doctor-world.ts';

let world: DoctorWorld;
const day = 86_400_000;

beforeAll(async () => void (world = await startDoctorWorld()));
afterAll(() => world?.close());
afterEach(() => {
  world.breakProvider({});
  rmSync(world.dataDir, { recursive: true, force: true });
  mkdirSync(world.dataDir, { mode: 0o700 });
});

const wrong = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ verdict }) => verdict === 'error' || verdict === 'warning');
const orders = (config: ConfigInput, more: object): ConfigInput => ({
  ...config,
  apis: config.apis.map((api) => ({ ...api, ...more })),
});
const withIssuer = (config: ConfigInput, more: object): ConfigInput => ({
  ...config,
  issuers: config.issuers.map((issuer) => ({ ...(issuer as object), ...more }) as never),
});
const withAccounts = (config: ConfigInput): ConfigInput => ({
  ...config,
  break_glass: {
    accounts: ['kim', 'pat'].map((name) => ({ name, groups: ['sre'], sign_in: 'passphrase' as const })),
  },
});
const withTls = (config: ConfigInput): ConfigInput => ({
  ...config,
  relay: {
    ...config.relay,
    url: config.relay.url.replace('http:', 'https:'),
    tls: { cert: 'relay.pem', key: 'relay-key.pem' },
  },
});

it('finds nothing wrong with a healthy relay, looks at everything, and leaves nothing behind', async () => {
  const findings = await world.look();
  expect(wrong(findings)).toEqual([]);
  expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(checkNames));
  expect(exitCodeOf(findings)).toBe(0);
  expect(readdirSync(world.dataDir)).toEqual([]);
});

type Planted = readonly [
  what: string,
  check: CheckName,
  verdict: Verdict,
  words: RegExp,
  plant: (config: ConfigInput) => Promise<ConfigInput> | ConfigInput,
];

const faults: readonly Planted[] = [
  [
    'a config that is no config',
    'config',
    'error',
    /relay\.url/,
    (config) => ({ ...config, relay: { name: 'A' } }) as never,
  ],
  [
    'a secret that others can read',
    'config',
    'error',
    /chmod 600/,
    (config) => {
      writeFileSync(join(world.folder, 'token'), 'x');
      chmodSync(join(world.folder, 'token'), 0o644);
      return orders(config, { headers: { 'X-Token': '${file:token}' } });
    },
  ],
  [
    'a rule that never decides',
    'config',
    'warning',
    /never decides anything/,
    (config) =>
      orders(config, {
        rules: [
          { name: 'all', groups: ['*'] },
          { name: 'late', groups: ['a'] },
        ],
      }),
  ],
  [
    'a key in the data folder that others can read',
    'files',
    'error',
    /mode is 0644.*chmod 0600/s,
    (config) => {
      writeFileSync(join(world.dataDir, 'identity-keys.json'), '{}');
      chmodSync(join(world.dataDir, 'identity-keys.json'), 0o644);
      return config;
    },
  ],
  [
    'a data folder that others can enter',
    'files',
    'error',
    /mode is 0755/,
    (config) => {
      chmodSync(world.dataDir, 0o755);
      return config;
    },
  ],
  [
    'a provider that doesn’t answer',
    'providers',
    'error',
    /can’t be fetched.*ECONNREFUSED/,
    async (config) => withIssuer(config, { issuer: `http://127.0.0.1:${await freePort()}` }),
  ],
  [
    'a provider that takes connections and never answers',
    'providers',
    'error',
    /can’t be fetched/,
    (config) => withIssuer(config, { issuer: `http://127.0.0.1:${world.silentPort}` }),
  ],
  ['a provider that fails', 'providers', 'error', /status 500/, planted(() => world.breakProvider({ status: 500 }))],
  [
    'a provider that calls itself otherwise',
    'providers',
    'error',
    /can’t be fetched/,
    planted(() => world.breakProvider({ issuer: 'https://other.example' })),
  ],
  ['a provider without keys', 'providers', 'error', /no key/, planted(() => world.breakProvider({ keys: [] }))],
  [
    'a clock that is too far ahead',
    'providers',
    'error',
    /\d+ s ahead of.*refused/,
    planted(() => world.breakProvider({ clockMs: 120_000 })),
  ],
  [
    'a clock that is a little behind',
    'providers',
    'warning',
    /\d+ s behind/,
    planted(() => world.breakProvider({ clockMs: -30_000 })),
  ],
  [
    'emergency accounts that nobody has enrolled for',
    'break-glass',
    'error',
    /Nobody could sign in: one person is needed, 0 can/,
    withAccounts,
  ],
  [
    'one account of several that nobody has enrolled for',
    'break-glass',
    'warning',
    /Nobody has enrolled/,
    (config) => {
      const store = openBreakGlassStore(world.dataDir, Date.now);
      const passkey = { id: 'k', publicKey: 'p', counter: 0, transports: [], addedAtMs: 0 };
      store.change('kim', () => ({ credentials: { userHandle: 'u', passkeys: [passkey], passphrase: null } }));
      store.close();
      return withAccounts(config);
    },
  ],
  [
    'two persons who both enrolled by links of one owner',
    'break-glass',
    'error',
    /two persons are needed, and all have enrolled by links of the same owner/,
    (config) => {
      const store = openBreakGlassStore(world.dataDir, Date.now);
      const passkey = { id: 'k', publicKey: 'p', counter: 0, transports: [], addedAtMs: 0, invitedBy: 'dana' };
      for (const name of ['kim', 'pat'])
        store.change(name, () => ({ credentials: { userHandle: 'u', passkeys: [passkey], passphrase: null } }));
      store.close();
      const changed = withAccounts(config);
      return { ...changed, break_glass: { accounts: [], ...changed.break_glass, two_persons: true } };
    },
  ],
  [
    'a certificate that is over',
    'certificates',
    'error',
    /ended on/,
    async (config) => {
      await writeCertificate(world.folder, 'relay', '127.0.0.1', -day);
      return withTls(config);
    },
  ],
  [
    'a certificate that ends soon',
    'certificates',
    'warning',
    /in [45] days/,
    async (config) => {
      await writeCertificate(world.folder, 'relay', '127.0.0.1', 5 * day);
      return withTls(config);
    },
  ],
  [
    'a certificate of another name',
    'certificates',
    'error',
    /isn’t for 127\.0\.0\.1/,
    async (config) => {
      await writeCertificate(world.folder, 'relay', '192.0.2.1', 90 * day);
      return withTls(config);
    },
  ],
  [
    'an API that nobody serves',
    'upstreams',
    'error',
    /nothing listens there/,
    async (config) => orders(config, { upstream: `http://127.0.0.1:${await freePort()}` }),
  ],
  [
    'an API whose TLS never answers',
    'upstreams',
    'error',
    /in time/,
    (config) => orders(config, { upstream: `https://127.0.0.1:${world.silentPort}` }),
  ],
  [
    'an API without TLS at an https address',
    'upstreams',
    'error',
    /doesn’t speak TLS/,
    (config) => orders(config, { upstream: world.upstream.replace('http:', 'https:') }),
  ],
  [
    'a socket that isn’t there',
    'upstreams',
    'error',
    /no such socket/,
    (config) => orders(config, { upstream: 'unix:/nowhere/api.sock' }),
  ],
  [
    'a name that has no address',
    'names',
    'error',
    /the upstream of orders has no address/,
    (config) => orders(config, { upstream: 'http://orders.invalid' }),
  ],
  [
    'a sink whose receiver is away',
    'sinks',
    'error',
    /can’t be reached/,
    async (config) => ({
      ...config,
      audit: { sinks: [{ name: 'siem', kind: 'syslog', address: `127.0.0.1:${await freePort()}` }] },
    }),
  ],
  [
    'a Redis that is away',
    'redis',
    'error',
    /nothing listens there/,
    async (config) => ({ ...config, shared_state: { store: 'redis', url: `redis://127.0.0.1:${await freePort()}` } }),
  ],
  [
    'a PostgreSQL that is away',
    'storage',
    'error',
    /nothing listens there/,
    async (config) => ({ ...config, storage: `postgres://a:b@127.0.0.1:${await freePort()}/c?sslmode=disable` }),
  ],
  [
    'an audit that can’t be read',
    'audit',
    'error',
    /can’t be read/,
    (config) => {
      writeFileSync(join(world.dataDir, 'audit.sqlite'), 'x'.repeat(8192), { mode: 0o600 });
      return config;
    },
  ],
  [
    'an audit without its key',
    'audit',
    'error',
    /isn’t there/,
    (config) => {
      writeFileSync(join(world.dataDir, 'audit.sqlite'), '', { mode: 0o600 });
      return config;
    },
  ],
];

function planted(plant: () => void): (config: ConfigInput) => ConfigInput {
  return (config) => {
    plant();
    return config;
  };
}

describe('a planted fault is found with what to do:', () => {
  it.each(faults)('%s', async (_what, check, verdict, words, plant) => {
    const beganAtMs = performance.now();
    const findings = await world.look(await plant(world.config()));
    const found = wrong(findings).filter((finding) => finding.check === check);
    expect(found).toContainEqual(
      expect.objectContaining({ verdict, found: expect.any(String), advice: expect.stringMatching(/\w/) }),
    );
    expect(found.map((finding) => `${finding.found} ${finding.advice}`).join('\n')).toMatch(words);
    expect(exitCodeOf(findings)).toBe(verdict === 'error' ? 1 : exitCodeOf(findings));
    // Nothing waits for ever.
    expect(performance.now() - beganAtMs).toBeLessThan(30_000);
  });

  it('a port that another program has', async () => {
    const other = createServer();
    const config = world.config();
    await new Promise<void>((resolve) => other.listen(config.relay.listen?.port, '127.0.0.1', resolve));
    const found = wrong(await world.look(config));
    other.close();
    expect(found).toMatchObject([{ check: 'ports', verdict: 'error', found: 'Another program has it.' }]);
  });

  it.each<[string, number, Verdict, RegExp]>([
    ['whose certificate is over', -day, 'error', /has expired/],
    ['whose certificate ends soon', 5 * day, 'warning', /certificate ends on/],
  ])('an API %s', async (_what, endsInMs, verdict, words) => {
    await writeCertificate(world.folder, 'api', '127.0.0.1', endsInMs);
    const read = (name: string): string => readFileSync(join(world.folder, name), 'utf8');
    const server = createTlsServer({ cert: read('api.pem'), key: read('api-key.pem') }, (socket) => socket.resume());
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const findings = await world.look(orders(world.config(), { upstream: `https://127.0.0.1:${port}`, ca: 'api.pem' }));
    server.close();
    expect(wrong(findings).filter(({ check }) => check === 'upstreams')).toMatchObject([
      { subject: 'orders', verdict, found: expect.stringMatching(words) },
    ]);
  });

  it.each<[string, Verdict]>([
    ['256', 'error'],
    ['1100', 'warning'],
    ['30000', 'warning'],
    ['1048576', 'fine'],
    ['unlimited', 'fine'],
  ])('a limit of %s open files: %s', async (limit, verdict) => {
    const config = world.config();
    delete config.limits;
    await world.look(config);
    const patient = await readPatient(join(world.folder, 'relay.yaml'));
    const text = `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${limit}              ${limit}              files\n`;
    expect(patient && lookAtDescriptors(patient, () => text)).toMatchObject(
      process.platform === 'linux' ? [{ verdict }] : [{ verdict: 'skipped' }],
    );
  });
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
