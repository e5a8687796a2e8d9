import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliAddOns, type StagedCli, stageCli } from '../../build/cli/stage-cli.ts';
import { launcherFor, systemName } from '../../build/cli/launcher.ts';
import { librariesOf } from '../../build/packages/third-party.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
// Far from any node_modules but its own.
const folder = mkdtempSync(join(tmpdir(), 'causeway-cli-installed-'));
let staged: StagedCli;

beforeAll(async () => {
  staged = await stageCli(join(folder, 'cli'), { version: '9.8.7', withNode: false });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const causeway = (...words: readonly string[]) =>
  run(process.execPath, [join(staged.dir, 'lib/cli/main.js'), ...words, '--state-dir', join(folder, 'state')], {
    cwd: '/',
  });

test('the bundle imports nothing but Node and add-ons, and holds nothing of app, relay or development', () => {
  expect(staged.bundle.imports.filter((name) => !isBuiltin(name) && !cliAddOns.includes(name))).toEqual([]);
  const own = staged.bundle.sources.filter((source) => !source.includes('/node_modules/'));
  expect(own.filter((source) => !/^(?:client|shared)\//.test(relative(project, source)))).toEqual([]);
  const { devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const inside = librariesOf(staged.bundle.sources).map(({ name }) => name);
  expect(inside.filter((name) => name in devDependencies)).toEqual([]);
});

test('its licences and the list of what is inside name each library', () => {
  const share = (name: string): string => readFileSync(join(staged.dir, 'share', name), 'utf8');
  const { components } = JSON.parse(share('sbom.cdx.json')) as { components: { group?: string; name: string }[] };
  const licences = share('third-party-licenses.txt');
  const names = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  expect(names).toEqual(expect.arrayContaining(['ws', 'commander', '@napi-rs/keyring', 'koffi', 'bufferutil']));
  for (const name of names) expect(licences).toContain(`\n${name} `);
});

test('it runs from anywhere, says its version and which relay it needs, and knows that nobody is signed in', async () => {
  expect((await causeway('--version')).stdout).toBe('9.8.7 (speaks causeway.tunnel.v1, as the relay must)\n');
  await expect(causeway('status')).rejects.toMatchObject({ code: 3, stdout: expect.stringContaining('Not signed in') });
  // Each add-on is found beside it.
  for (const name of ['koffi/indirect', '@napi-rs/keyring', 'bufferutil']) {
    const script = `await import(${JSON.stringify(name)})`;
    const cwd = join(staged.dir, 'lib/cli');
    await run(process.execPath, ['--input-type=module', '-e', script], { cwd });
  }
});

test('each system has a launcher that finds Node and the bundle from where it is', async () => {
  expect((['linux', 'darwin', 'win32'] as const).map(systemName)).toEqual(['linux', 'mac', 'win']);
  const windows = await launcherFor('win');
  expect(windows).toMatchObject({ name: 'causeway.cmd', node: 'node.exe' });
  expect(windows.text).toMatch(
    /^@echo off\r\n[^]*\r\n"%~dp0\.\.\\lib\\node\.exe" "%~dp0\.\.\\lib\\cli\\main\.js" %\*\r\n$/,
  );
  for (const system of ['linux', 'mac'] as const) {
    const { name, node, text } = await launcherFor(system);
    expect([name, node]).toEqual(['causeway', 'node']);
    expect(text).toMatch(/^#!\/bin\/sh\n/);
  }
});
