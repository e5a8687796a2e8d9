import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { type CheckName, exitCodeOf, type Verdict } from '../../../relay/doctor/finding.ts';
import { lookAtDescriptors } from '../../../relay/doctor/look-at-descriptors.ts';
import { readPatient } from '../../../relay/doctor/patient.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import {
  type DoctorWorld,
  orders,
  startDoctorWorld,
  withAccounts,
  withIssuer,
  writeCertificate,
  wrong,
} from './doctor-world.ts';

let world: DoctorWorld;
beforeAll(async () => void (world = await startDoctorWorld()));
afterAll(() => world?.close());
afterEach(() => world.reset());
const day = 86_400_000;

const withTls = (config: ConfigInput): ConfigInput => ({
  ...config,
  relay: {
    ...config.relay,
    url: config.relay.url.replace('http:', 'https:'),
    tls: { cert: 'relay.pem', key: 'relay-key.pem' },
  },
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
