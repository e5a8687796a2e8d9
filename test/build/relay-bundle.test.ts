import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildConsole } from '../../build/build-console.ts';
import { optionalAddOns } from '../../build/relay/bundle-relay.ts';
import { type StagedRelay, stageRelay } from '../../build/relay/stage-relay.ts';
import { librariesOf } from '../../build/packages/third-party.ts';
import { programs } from '../../relay/programs/program-file.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { openNotifySocket } from '../support/open-notify-socket.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
// Far from any node_modules but its own.
const folder = mkdtempSync(join(tmpdir(), 'causeway-installed-'));
let staged: StagedRelay;
let world: DemoWorld | undefined;

beforeAll(async () => {
  await buildConsole();
  // As `npm run package:relay` has it, whose process Vite has built something in.
  vi.stubEnv('NODE_ENV', 'production');
  staged = await stageRelay(join(folder, 'relay'), { version: '9.8.7', withNode: false });
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the bundle imports nothing but Node and add-ons, and no library for development is in it', () => {
  expect(staged.bundle.imports.filter((name) => !isBuiltin(name) && !optionalAddOns.includes(name))).toEqual([]);
  const own = staged.bundle.sources.filter((source) => !source.includes('/node_modules/'));
  expect(own.filter((source) => !/^(?:relay|shared)\//.test(relative(project, source)))).toEqual([]);
  const { devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const inside = librariesOf(staged.bundle.sources).map(({ name }) => name);
  expect(inside.filter((name) => name in devDependencies)).toEqual([]);
});

test.each(['main', ...Object.keys(programs)])('%s is a file of its own', (name) => {
  expect(staged.bundle.files).toContain(`${name}.js`);
});

test('licences of all libraries, a list of what is inside, docs and the unit go along', async () => {
  const share = (name: string): Promise<string> => readFile(join(staged.dir, 'share', name), 'utf8');
  const inside = JSON.parse(await share('sbom.cdx.json')) as {
    components: { group?: string; name: string; licenses: unknown[] }[];
  };
  const licences = await share('third-party-licenses.txt');
  const names = inside.components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  expect(names).toEqual(expect.arrayContaining(['ws', 'undici', 'jose', 'koffi', 'bufferutil', 'oidc-provider']));
  // Of the console's pages.
  expect(names).toEqual(expect.arrayContaining(['react-dom', 'uplot', '@tanstack/table-core', 'tailwindcss']));
  for (const name of names) expect(licences).toContain(`\n${name} `);
  expect(await share('docs/operate.md')).toContain('# Operating a relay');
  expect(existsSync(join(staged.dir, 'share/systemd/causeway-relay.service'))).toBe(true);
});

// Only Linux has such service managers.
test.runIf(process.platform === 'linux')(
  'an installed relay serves on two workers, answers commands, tells its service manager, and stops',
  async () => {
    const mainPath = join(staged.dir, 'lib/relay/main.js');
    const manager = openNotifySocket();
    world = await startDemoWorld({
      relayProcess: { mainPath, env: { NOTIFY_SOCKET: manager.name, WATCHDOG_USEC: '200000' } },
      configure: (config) => ({ ...config, relay: { ...config.relay, workers: 2 } }),
    });
    const { ca, relay, relayUrl, adminUrl, configPath } = world;
    const client = await startHeadlessClient({
      ca: [ca],
      openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
    });
    const { id } = await client.signIn(relayUrl);
    const { address } = await client.connect(id, 'orders');
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
    expect((await fetch(`${address}/v1/orders/4711`, { method: 'DELETE' })).status).toBe(403);
    await client.close();
    expect(await (await fetch(`${adminUrl}/console/sessions`)).text()).toContain('<title>Causeway console</title>');

    const command = async (...words: readonly string[]): Promise<string> =>
      (await run(process.execPath, [mainPath, ...words], { cwd: '/', env: { CAUSEWAY_CONFIG: configPath } })).stdout;
    expect(await command('audit', 'list', '--user', 'alice', '--json')).toContain('"policy-denied"');
    expect(await command('audit', 'verify')).toContain('The audit is whole');
    expect(await command('check-config')).toContain('can be used');

    relay.signal('SIGHUP');
    await expect.poll(() => manager.heard().filter((text) => text.startsWith('READY=1')).length).toBe(2);
    relay.signal('SIGTERM');
    expect(await relay.exited).toBe(0);
    const said = manager.heard().map((text) => text.split('=', 1)[0]);
    manager.close();
    expect(said.filter((word) => word !== 'WATCHDOG')).toEqual(['READY', 'RELOADING', 'READY', 'STOPPING']);
    expect(said).toContain('WATCHDOG');
    expect(relay.log.filter(({ level }) => (level ?? 0) >= 50)).toEqual([]);
  },
);
