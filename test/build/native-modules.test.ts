import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nativeModulesFolder, needsNativeModules, stageNativeModules } from '../../build/native-modules.ts';
import forge from '../../forge.config.ts';

const run = promisify(execFile);

/** What asks the system who and what is here, as the app does. */
const asks = {
  linux: `koffi.load(null).func('int getuid()')()`,
  win32: `koffi.load('kernel32.dll').func('uint32_t GetCurrentProcessId()')() === process.pid`,
} as const;

test('where the kernel is asked, or the registry, there is an add-on for it', () => {
  const systems = ['linux', 'win32', 'darwin'] as const;
  expect(systems.filter((platform) => needsNativeModules(platform))).toEqual(Object.keys(asks));
});

test.runIf(needsNativeModules())('the packaged main process finds its native add-on beside the archive', async () => {
  const resources = await mkdtemp(join(tmpdir(), 'causeway-resources-'));
  try {
    await stageNativeModules(join(resources, 'node_modules'));
    // Where Forge puts the bundle; to the loader of modules, an archive is a folder like this one.
    const build = join(resources, 'app.asar/.vite/build');
    await mkdir(build, { recursive: true });
    await writeFile(
      join(build, 'main.mjs'),
      `const { default: koffi } = await import('koffi/indirect');
       console.log(${asks[process.platform as keyof typeof asks]}, import.meta.resolve('koffi/indirect'));`,
    );
    const { stdout } = await run(process.execPath, [join(build, 'main.mjs')]);
    const said = process.platform === 'linux' ? process.getuid?.() : true;
    expect(stdout).toMatch(new RegExp(`^${said} file://.*/${basename(resources)}/node_modules/koffi/indirect\\.js\n$`));
  } finally {
    await rm(resources, { recursive: true, force: true });
  }
});

test.runIf(needsNativeModules())('Forge copies what is laid out to where imports look for it', () => {
  expect(forge.packagerConfig?.extraResource).toContain(nativeModulesFolder);
  expect(nativeModulesFolder).toMatch(/[\\/]node_modules$/);
});
