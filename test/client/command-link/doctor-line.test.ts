import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commandOnPath } from '../../../client/cli/command-on-path.ts';

const root = mkdtempSync(join(tmpdir(), 'causeway-doctor-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('doctor says on macOS what the command’s name leads to, and nothing where others see to that', () => {
  const cli = join(root, 'Causeway.app/Contents/Resources/cli');
  const node = join(cli, 'lib/node');
  const link = join(root, 'bin/causeway');
  const place = { link, apps: root, homebrew: join(root, 'homebrew/causeway'), pathLists: [join(root, 'paths')] };
  const line = (): string | undefined => commandOnPath('darwin', node, place)?.line;
  expect(line()).toBeUndefined();
  for (const folder of [join(cli, 'bin'), join(cli, 'lib'), join(root, 'bin')]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(cli, 'bin/causeway'), '');
  expect([commandOnPath('linux', node, place), commandOnPath('win32', node, place)]).toEqual([null, null]);
  expect(line()).toMatch(/^– .*not yet/);
  symlinkSync(join(cli, 'bin/causeway'), link);
  expect(line()).toMatch(/^– .*\/etc\/paths/);
  writeFileSync(join(root, 'paths'), `${join(root, 'bin')}\n`);
  expect(line()).toBe(`✓ Command on PATH: ${link} leads to this one.`);
  rmSync(link);
  const gone = join(root, 'Old/Causeway.app/Contents/Resources/cli/bin/causeway');
  symlinkSync(gone, link);
  expect(line()).toContain(`isn’t there any more (${gone})`);
  rmSync(link);
  symlinkSync('/bin/sh', link);
  expect(line()).toBe(`– Command on PATH: ${link} is another program’s (/bin/sh).`);
  rmSync(link);
  mkdirSync(join(root, 'homebrew'));
  writeFileSync(place.homebrew, '');
  expect(line()).toContain('by Homebrew');
});
