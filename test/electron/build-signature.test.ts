import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { appManifest } from '../../build/desktop/app-manifest.ts';
import { readBuildSignature } from '../../electron/build-signature.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-manifest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const project = {
  name: 'a',
  productName: 'A',
  version: '1.0.0',
  description: '',
  author: '',
  license: '',
  type: '',
  main: '',
};

test.each([
  ['nothing', {}, 'unsigned'],
  ['something else', { signature: 'yes' }, 'unsigned'],
  ['no manifest at all', null, 'unsigned'],
  ['that it is unsigned', appManifest(project, 'unsigned'), 'unsigned'],
  ['that it is signed', appManifest(project, 'signed'), 'signed'],
] as const)('an app whose manifest says %s counts as such', async (_what, manifest, counts) => {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  expect(await readBuildSignature(folder)).toBe(counts);
});
