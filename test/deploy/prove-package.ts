import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { buildConsole } from '../../build/build-console.ts';
import { makeDeb } from '../../build/relay/make-deb.ts';
import { stageRelay } from '../../build/relay/stage-relay.ts';
import { makeDemoCertificates } from '../support/demo-certificates.ts';
import { demoConfig } from '../support/demo-config.ts';
import { freePort } from '../support/free-port.ts';
import { startIdp } from '../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';
import { startOrders } from '../support/upstreams/start-orders.ts';
import { type CleanRoot, openCleanRoot, type StartedInRoot } from './clean-root.ts';

// `npm run package:relay -- --prove`: installs the Debian package in a clean root, runs it there, upgrades, removes and purges
// it. Takes Linux, root, debootstrap and Debian's archive; `--release trixie` takes another Debian than 12.
const [first, second] = ['0.1.0', '0.1.1'] as const;
const mostBytes = 130e6;
const mostExposure = 2.5;
const folder = mkdtempSync(join(tmpdir(), 'causeway-prove-'));
const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
const relayYaml = '/etc/causeway/relay.yaml';

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  console.log(`  ✓ ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  return result;
}

/** Alice signs in at the relay, gets an order and is refused to delete it. */
async function useRelay(url: string, ca: string): Promise<void> {
  const client = await startHeadlessClient({
    ca: [ca],
    openBrowser: async (address) => void (await signInWithoutBrowser(address, { user: 'alice' })),
  });
  try {
    const { id } = await client.signIn(url);
    const { address } = await client.connect(id, 'orders');
    assert.equal((await fetch(`${address}/v1/orders/4711`)).status, 200);
    assert.equal((await fetch(`${address}/v1/orders/4711`, { method: 'DELETE' })).status, 403);
  } finally {
    await client.close();
  }
}

async function startInRoot(root: CleanRoot): Promise<StartedInRoot> {
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  const command = ['/usr/bin/causeway-relay', 'serve', '--config', relayYaml];
  const relay = root.start('causeway', command, (line) => {
    lines.push(line);
    if (line.includes('"relay ready"')) ready.resolve();
  });
  void relay.exited.then((code) =>
    ready.reject(new Error(`The relay ended with ${code}:\n${lines.slice(-10).join('\n')}`)),
  );
  await ready.promise;
  return relay;
}

async function runStory(root: CleanRoot, url: string, ca: string): Promise<void> {
  const relay = await startInRoot(root);
  await useRelay(url, ca);
  relay.signal('SIGTERM');
  assert.equal(await relay.exited, 0);
  assert.match(root.run('/usr/bin/causeway-relay', 'audit', 'verify', '--config', relayYaml), /The audit is whole/);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { packages: { type: 'boolean' }, release: { type: 'string', default: 'bookworm' } },
});
const packages = await step('packages of two versions are made', async () => {
  if (values.packages === true) return positionals;
  const made: string[] = [];
  await buildConsole();
  for (const version of [first, second]) {
    const staged = await stageRelay(join(folder, version), { version });
    made.push(await makeDeb(staged, version, folder));
    rmSync(staged.dir, { recursive: true });
  }
  return made;
});
if (spawnSync('lintian', ['--version']).status === 0)
  await step('lintian finds no error', () => {
    const { status, stdout } = spawnSync('lintian', ['--fail-on', 'error', packages[0] ?? ''], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });
else console.log('  – lintian isn’t installed: not asked');
const root = await step(`a clean root of ${values.release} is there`, () =>
  openCleanRoot(join(folder, 'root'), values.release),
);
closers.unshift(() => root.close());

try {
  for (const file of packages) copyFileSync(file, join(root.path, 'tmp', basename(file)));
  const inRoot = packages.map((file) => `/tmp/${basename(file)}`);
  root.run('apt-get', 'update', '-q');
  // What it depends on is there before and after.
  root.run('apt-get', 'install', '-qy', '--no-install-recommends', 'adduser', 'libatomic1', 'libstdc++6');
  const before = root.files();

  await step(`${first} installs`, () => {
    root.run('apt-get', 'install', '-qy', inRoot[0] ?? '');
    assert.match(root.run('causeway-relay', '--version'), new RegExp(`^${first} `));
    assert.match(root.run('stat', '-c', '%U %a', '/var/lib/causeway'), /^causeway 700$/m);
    assert.match(root.run('stat', '-c', '%U %G %a', relayYaml), /^root causeway 640$/m);
  });
  await step(`it takes at most ${mostBytes / 1e6} MB`, () => {
    const added = root.files().filter((file) => !before.includes(file));
    const bytes = added.reduce((sum, file) => sum + sizeOf(join(root.path, file)), 0);
    console.log(`    ${(bytes / 1e6).toFixed(1)} MB in ${added.length} files`);
    assert.ok(bytes <= mostBytes);
  });
  await step('the example is good, and isn’t served', () => {
    assert.match(root.run('causeway-relay', 'check-config', '--config', relayYaml), /can be used/);
    const refused = root.try('causeway-relay', 'serve', '--config', relayYaml);
    assert.equal(refused.code, 2);
    assert.match(refused.words, /relay\.url still has the example’s access\.company\.invalid/);
  });
  await step(`its unit is exposed by less than ${mostExposure}`, () => {
    const unit = '/lib/systemd/system/causeway-relay.service';
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', `--root=${root.path}`, basename(unit)], {
      encoding: 'utf8',
    });
    const exposure = Number(/exposure level for \S+ (?<level>[\d.]+)/.exec(rated.stdout)?.groups?.['level']);
    console.log(`    ${exposure}`);
    assert.ok(exposure < mostExposure, rated.stderr);
  });

  const idp = await startIdp({ audience: 'https://relay.test' });
  const orders = await startOrders();
  closers.unshift(() => Promise.all([idp.close(), orders.close()]));
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates);
  const { ca } = await makeDemoCertificates(certificates);
  const causeway = Number(root.run('id', '--user', 'causeway'));
  for (const name of ['relay.pem', 'relay-key.pem']) {
    const target = join(root.path, 'etc/causeway', name);
    copyFileSync(join(certificates, name), target);
    chmodSync(target, 0o600);
    chownSync(target, causeway, causeway);
  }
  const { admin: _, ...config } = demoConfig({
    relayUrl: url,
    relayPort: port,
    adminPort: 0,
    issuer: idp.issuer,
    clientId: idp.clientId,
    consoleClientId: '',
    audience: idp.audience,
    upstreams: { orders: orders.url, payroll: orders.url, inventory: orders.url },
    suggestPorts: false,
    logLevel: 'info',
  });
  const written = stringify({ ...config, relay: { ...config.relay, data: '/var/lib/causeway' } });
  // In place: whose the file is, and who may read it, stays as the package made it.
  writeFileSync(join(root.path, relayYaml), written);

  await step('it serves in the root: sign-in, request, refusal, audit, stop', () => runStory(root, url, ca));
  const recorded = () =>
    root.run('causeway-relay', 'audit', 'list', '--config', relayYaml, '--json', '--user', 'alice');
  const records = recorded().trim().split('\n').length;
  await step(`${second} takes its place; configuration and records stay`, async () => {
    root.run('apt-get', 'install', '-qy', inRoot[1] ?? '');
    assert.match(root.run('causeway-relay', '--version'), new RegExp(`^${second} `));
    assert.equal(readFileSync(join(root.path, relayYaml), 'utf8'), written);
    await runStory(root, url, ca);
    assert.equal(recorded().trim().split('\n').length, records * 2);
  });
  await step('removed, it leaves configuration and data', () => {
    root.run('apt-get', 'remove', '-qy', 'causeway-relay');
    assert.equal(root.try('test', '-e', '/usr/bin/causeway-relay').code, 1);
    assert.equal(readFileSync(join(root.path, relayYaml), 'utf8'), written);
  });
  await step('purged, it leaves records, keys and certificates, and nothing else', () => {
    root.run('apt-get', 'purge', '-qy', 'causeway-relay');
    const left = root.files().filter((file) => !before.includes(file));
    const elsewhere = left.filter((file) => !/^\/var\/lib\/causeway(?:\/|$)/.test(file));
    assert.deepEqual(elsewhere, ['/etc/causeway', '/etc/causeway/relay-key.pem', '/etc/causeway/relay.pem']);
    assert.ok(left.includes('/var/lib/causeway/audit.sqlite') || left.some((file) => file.includes('/causeway/audit')));
    assert.match(root.run('getent', 'passwd', 'causeway'), /^causeway:/);
  });
  await step('without records, it leaves nothing at all', () => {
    root.run('apt-get', 'install', '-qy', inRoot[1] ?? '');
    for (const data of ['/var/lib/causeway', '/etc/causeway/relay-key.pem', '/etc/causeway/relay.pem'])
      root.run('rm', '-r', data);
    root.run('apt-get', 'purge', '-qy', 'causeway-relay');
    assert.deepEqual(
      root.files().filter((file) => !before.includes(file)),
      [],
    );
    assert.notEqual(root.try('getent', 'passwd', 'causeway').code, 0);
  });
  console.log('The package was proven.');
} finally {
  for (const close of closers) await close();
}

function sizeOf(file: string): number {
  const entry = statSync(file, { throwIfNoEntry: false });
  return entry?.isFile() === true ? entry.size : 0;
}
