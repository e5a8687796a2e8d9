import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeRpm, makeRpmPackage } from '../../../build/packages/rpm-package.ts';
import { addToRpmRepository } from '../../../build/release/rpm-repository.ts';
import { finishLinuxFiles } from '../../../build/signing/finish-files.ts';
import { readProjectFile } from '../../docs/read-docs.ts';
import { findProgram } from '../../support/install-programs.ts';
import { makeReleaseKey, type ReleaseKey } from '../../support/signing/release-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-rpm-'));
const at = (name: string): string => join(folder, name);
const [, page = ''] = /^## dnf[^]*?```ini\n([^]*?)```/m.exec(readProjectFile('docs/distribute.md')) ?? [];

/** A signed RPM with nothing in it but its name. */
async function release(version: string, key: ReleaseKey): Promise<string> {
  const dir = at(`release-${version}`);
  mkdirSync(dir);
  const about = { name: 'causeway-cli', version, summary: 'A test', description: ['-'], requires: ['causeway-cli'] };
  const files = ['/usr/share/causeway-test'];
  const layOut = async (root: string): Promise<void> => {
    mkdirSync(join(root, 'usr/share'), { recursive: true });
    writeFileSync(join(root, 'usr/share/causeway-test'), version);
  };
  const rpm = await makeRpmPackage({ ...about, files }, layOut, dir);
  await finishLinuxFiles([rpm ?? ''], key.signing);
  return dir;
}

const hasAll = canMakeRpm() && ['createrepo_c', 'dnf', 'rpmsign', 'gpg'].every((name) => findProgram(name as 'dnf'));
describe.runIf(hasAll)('the repository of RPMs', () => {
  let key: ReleaseKey;
  let stranger: ReleaseKey;
  let channel: string;
  beforeAll(async () => {
    [key, stranger] = [makeReleaseKey(at('key')), makeReleaseKey(at('stranger'))];
    const options = { repository: at('repository'), channel: 'stable', signing: key.signing };
    await addToRpmRepository(await release('1.0.0', key), options);
    channel = await addToRpmRepository(await release('1.1.0', key), options);
  });
  afterAll(() => {
    key.close();
    stranger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asks dnf by the page’s own file, with nothing of this system’s repositories, trust or state. */
  function dnf(root: string, publicKey: string, ...words: readonly string[]) {
    for (const part of ['repos', 'log']) mkdirSync(join(root, part), { recursive: true });
    const entry = page
      .replace(/baseurl=.*/, `baseurl=file://${channel}`)
      .replace(/gpgkey=.*/, `gpgkey=file://${publicKey}`);
    writeFileSync(join(root, 'repos/causeway.repo'), entry);
    const settings = { reposdir: join(root, 'repos'), cachedir: join(root, 'cache'), logdir: join(root, 'log') };
    const options = Object.entries({ ...settings, persistdir: join(root, 'state'), pluginpath: join(root, 'none') });
    const set = options.map(([name, value]) => `--setopt=${name}=${value}`);
    const done = spawnSync(
      'dnf',
      ['--installroot', root, '--releasever', '1', '--assumeyes', '--quiet', ...set, ...words],
      { encoding: 'utf8', cwd: folder, env: { ...process.env, HOME: root } },
    );
    return { status: done.status, words: done.stdout + done.stderr };
  }
  const list = ['list', '--available', '--showduplicates', 'causeway-cli'];

  it('is taken by dnf, which finds the newest version and the one before, for a way back', () => {
    const { status, words } = dnf(at('good'), key.publicKey, ...list);
    expect([status, words]).toEqual([0, expect.stringMatching(/1\.0\.0-1[^]*1\.1\.0-1/)]);
  });

  it('gives its packages', () => {
    const get = ['install', '--downloadonly', '--nobest', 'causeway-cli'];
    expect(dnf(at('good'), key.publicKey, ...get)).toEqual({ status: 0, words: expect.not.stringMatching(/^Error/m) });
  });

  it('is refused by dnf with another key', () => {
    const { status, words } = dnf(at('other'), stranger.publicKey, ...list);
    expect([status, words]).toEqual([1, expect.stringMatching(/GPG|signature/i)]);
  });

  it('is refused by dnf when its list was changed after the signature', () => {
    const index = join(channel, 'repodata/repomd.xml');
    const text = readFileSync(index, 'utf8');
    writeFileSync(index, text.replace('<revision>', '<revision>9'));
    const { status, words } = dnf(at('changed'), key.publicKey, ...list);
    expect([status, words]).toEqual([1, expect.stringMatching(/GPG|signature/i)]);
    writeFileSync(index, text);
  });

  it('takes nothing that is unsigned, and nothing where there is none', async () => {
    const options = { repository: at('never'), channel: 'stable', signing: key.signing };
    const dir = at('unsigned');
    mkdirSync(dir);
    await expect(addToRpmRepository(dir, options)).rejects.toThrow(/There is no RPM/);
    copyFileSync(
      join(channel, 'causeway-cli-1.0.0-1.x86_64.rpm'),
      join(dir, 'causeway-cli-1.0.0-1.x86_64-unsigned.rpm'),
    );
    await expect(addToRpmRepository(dir, options)).rejects.toThrow(/is signed/);
    expect(existsSync(at('never'))).toBe(false);
  });
});
