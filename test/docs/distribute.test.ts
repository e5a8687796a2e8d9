import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { findProgram } from '../support/install-programs.ts';
import { isListening } from '../support/is-listening.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/distribute.md');
const folder = mkdtempSync(join(tmpdir(), 'causeway-distribute-'));
const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

/** The block of code of a kind in a part of the page. */
const blockOf = (heading: string, kind: string): string =>
  new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'm').exec(sectionOf(page, heading))?.[1] ?? '';

describe('the command line on macOS, by the page’s scripts', () => {
  const part = sectionOf(page, '## The command line on macOS');
  const scripts = [...part.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text);
  const bin = join(folder, 'usr local/bin');
  const link = join(bin, 'causeway');
  const run = (text: string): number | null =>
    spawnSync('/bin/sh', ['-c', text.replaceAll('/usr/local/bin', '"$BIN"')], { env: { ...process.env, BIN: bin } })
      .status;

  it('is put where nothing is, once and again, and taken off', () => {
    const [put = '', takeOff = ''] = scripts;
    expect([scripts.length, run(put), run(put)]).toEqual([2, 0, 0]);
    expect(readlinkSync(link)).toBe('/Applications/Causeway.app/Contents/Resources/cli/bin/causeway');
    expect([run(takeOff), existsSync(bin), lstatSync(link, { throwIfNoEntry: false })]).toEqual([0, true, undefined]);
    expect(run(takeOff)).toBe(0);
  });

  it('leaves what another program has there', () => {
    const [put = '', takeOff = ''] = scripts;
    symlinkSync('/bin/nothing', link);
    expect([run(put), run(takeOff), readlinkSync(link)]).toEqual([0, 0, '/bin/nothing']);
  });
});

describe.runIf(findProgram('nginx') !== null)('nginx, with the page’s block', () => {
  it('serves releases that never change, what leads to them anew, halves of files, and no list of a folder', async () => {
    const port = await freePort();
    const root = join(folder, 'files');
    for (const place of ['v0.1.0', 'apt/dists/stable']) mkdirSync(join(root, place), { recursive: true });
    writeFileSync(join(root, 'v0.1.0/causeway-0.1.0-win-x64.exe'), '0123456789');
    writeFileSync(join(root, 'apt/dists/stable/InRelease'), 'signed');
    writeFileSync(join(root, 'causeway.asc'), 'key');
    writeFileSync(join(root, 'v0.1.0/latest.yml'), 'of the feed');
    const server = blockOf('## A web server', 'nginx')
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('/srv/causeway', root);
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off; ${user} pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${places.join(' ')}\n${server} }`,
    );
    const child = spawn(findProgram('nginx') ?? '', ['-c', config, '-p', folder], { stdio: 'inherit' });
    closers.push(async () => {
      const gone = once(child, 'exit');
      if (child.kill('SIGTERM')) await gone;
    });
    await vi.waitFor(async () => expect(await isListening(port)).toBe(true), { timeout: 30_000 });
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const installer = await get('/v0.1.0/causeway-0.1.0-win-x64.exe');
    expect([installer.status, installer.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    const rest = await get('/v0.1.0/causeway-0.1.0-win-x64.exe', { range: 'bytes=4-' });
    expect([rest.status, await rest.text()]).toEqual([206, '456789']);
    for (const path of ['/apt/dists/stable/InRelease', '/causeway.asc', '/v0.1.0/latest.yml'])
      expect((await get(path)).headers.get('cache-control')).toBe('no-cache');
    expect((await get('/v0.1.0/')).status).toBe(403);
    expect((await get('/v9.9.9/x')).status).toBe(404);
  });
});

describe('the page for who distributes', () => {
  it('has a playbook whose tasks name the files that the page names', () => {
    const [play] = parse(blockOf('## Ansible', 'yaml')) as readonly [{ tasks: readonly Record<string, unknown>[] }];
    expect(play.tasks.map((task) => Object.keys(task)[1])).toEqual([
      'ansible.builtin.get_url',
      'ansible.builtin.copy',
      'ansible.builtin.apt',
    ]);
    expect(JSON.stringify(play.tasks)).toContain('/etc/apt/keyrings/causeway.asc');
  });

  it('names commands that there are, with their options', () => {
    const source = readProjectFile('build/release/commands.ts') + readProjectFile('build/release/main.ts');
    const called = [...page.matchAll(/npm run (?:release -- ([\w-]+)|verify-release)(.*)/g)];
    expect(called.length).toBeGreaterThan(2);
    for (const [, command, rest = ''] of called) {
      if (command !== undefined) expect(source).toContain(`command === '${command}'`);
      for (const [, option = ''] of rest.split('`', 1)[0]?.matchAll(/ --([\w-]+)/g) ?? [])
        expect(source).toMatch(new RegExp(`'?${option}'?: \\{ type`));
    }
  });

  it('lists each kind of file that packaging makes', () => {
    const rows = tableIn(sectionOf(page, '## What a release holds')).flatMap(({ file = '' }) => codesIn(file));
    for (const ending of ['.exe', '.msi', '.dmg', '.zip', '.deb', '.rpm', '.AppImage', 'SHA256SUMS', '.asc'])
      expect(
        rows.some((name) => name.endsWith(ending)),
        ending,
      ).toBe(true);
  });
});
