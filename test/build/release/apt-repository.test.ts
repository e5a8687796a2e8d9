import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDebianPackage } from '../../../build/packages/debian-package.ts';
import { addToAptRepository } from '../../../build/release/apt-repository.ts';
import { makeReleaseKey, type ReleaseKey } from '../../support/signing/release-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-apt-'));
const at = (name: string): string => join(folder, name);
const repository = at('repository');

/** A package with nothing in it but its name. */
async function release(version: string): Promise<string> {
  const dir = at(`release-${version}`);
  mkdirSync(join(dir, 'root/usr/share/doc/causeway-cli'), { recursive: true });
  writeFileSync(join(dir, 'root/usr/share/doc/causeway-cli/about'), version);
  const about = {
    name: 'causeway-cli',
    version,
    section: 'net',
    depends: [],
    synopsis: 'a test',
    description: ['-'],
  } as const;
  await makeDebianPackage(about, join(dir, 'root'), dir);
  return dir;
}

/** Asks apt, with nothing of this system’s own lists, trust or state. */
function apt(root: string, key: string, ...words: readonly string[]) {
  for (const part of ['lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(root, part), { recursive: true });
  writeFileSync(join(root, 'sources.list'), `deb [signed-by=${key}] file:${repository} stable main\n`);
  writeFileSync(join(root, 'status'), '');
  const settings = {
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': join(root, 'parts'),
    'Dir::Etc::trustedparts': join(root, 'parts'),
    'Dir::State::lists': join(root, 'lists'),
    'Dir::State::status': join(root, 'status'),
    'Dir::Cache': join(root, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const { status, stdout, stderr } = spawnSync('apt-get', [...options, ...words], { encoding: 'utf8', cwd: root });
  return { status, words: stdout + stderr, options };
}

describe.runIf(existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/gpg'))('the apt repository', () => {
  let key: ReleaseKey;
  let stranger: ReleaseKey;
  beforeAll(async () => {
    [key, stranger] = [makeReleaseKey(at('key')), makeReleaseKey(at('stranger'))];
    const options = { repository, channel: 'stable', signing: key.signing };
    await addToAptRepository(await release('1.0.0'), options);
    await addToAptRepository(await release('1.1.0'), options);
  });
  afterAll(() => {
    key.close();
    stranger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is taken by apt, which prefers the newest version and finds the one before for a way back', () => {
    const { status, words, options } = apt(at('good'), key.publicKey, 'update');
    expect([status, words]).toEqual([0, expect.not.stringMatching(/^[EW]:/m)]);
    const policy = execFileSync('apt-cache', [...options, 'policy', 'causeway-cli'], { encoding: 'utf8' });
    expect(policy).toMatch(/Candidate: 1\.1\.0/);
    expect(policy).toMatch(/^ +1\.0\.0 /m);
    expect(apt(at('good'), key.publicKey, 'download', 'causeway-cli=1.0.0').status).toBe(0);
    expect(existsSync(at('good/causeway-cli_1.0.0_amd64.deb')) || process.arch !== 'x64').toBe(true);
  });

  it('is refused by apt with another key', () => {
    expect(apt(at('other'), stranger.publicKey, 'update')).toMatchObject({ words: expect.stringMatching(/NO_PUBKEY/) });
  });

  it('is refused by apt when its list was changed after the signature', () => {
    const list = join(repository, 'dists/stable/InRelease');
    const text = readFileSync(list, 'utf8');
    writeFileSync(list, text.replace('Label: Causeway', 'Label: Causeways'));
    expect(apt(at('changed'), key.publicKey, 'update').words).toMatch(/BADSIG|invalid|not signed/i);
    writeFileSync(list, text);
  });
});
