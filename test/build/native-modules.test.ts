import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nativeModulesFolder, stageNativeModules } from '../../build/native-modules.ts';
import forge from '../../forge.config.ts';

const run = promisify(execFile);

test.runIf(process.platform === 'linux')(
  'the packaged main process finds its native add-on beside the archive',
  async () => {
    const resources = await mkdtemp(join(tmpdir(), 'causeway-resources-'));
    try {
      await stageNativeModules(join(resources, 'node_modules'));
      // Where Forge puts the bundle; to the loader of modules, an archive is a folder like this one.
      const build = join(resources, 'app.asar/.vite/build');
      await mkdir(build, { recursive: true });
      await writeFile(
        join(build, 'main.mjs'),
        `const { default: koffi } = await import('koffi/indirect');
       console.log(koffi.load(null).func('int getuid()')(), import.meta.resolve('koffi/indirect'));`,
      );
      const { stdout } = await run(process.execPath, [join(build, 'main.mjs')]);
      expect(stdout).toBe(`${process.getuid?.()} file://${resources}/node_modules/koffi/indirect.js\n`);
    } finally {
      await rm(resources, { recursive: true, force: true });
    }
  },
);

test.runIf(process.platform === 'linux')('Forge copies what is laid out to where imports look for it', () => {
  expect(forge.packagerConfig?.extraResource).toContain(nativeModulesFolder);
  expect(nativeModulesFolder).toMatch(/\/node_modules$/);
});
