import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PreparedUpdate } from '../../../electron/update-parts.ts';

// Runs our side of electron-updater and electron-updater itself, the real one, with a small module in Electron’s place:
//   node run.ts <folder> <case>...
// Prints what came of each case as JSON. In the case’s folder lies the AppImage that “runs”, which the new one would replace.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: new URL('electron.ts', import.meta.url).href, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});

const { calls } = await import('./electron.ts');
const { createUpdateInstaller } = await import('../../../electron/shell/update-installer.ts');
const { UpdateFailure } = await import('../../../client/updates/update-failure.ts');

const [, , root = '', ...kinds] = process.argv;
const outcomes: Record<string, unknown> = {};
for (const kind of kinds) outcomes[kind] = await run(join(root, kind), kind);
process.stdout.write(JSON.stringify(outcomes));

async function run(folder: string, kind: string): Promise<unknown> {
  mkdirSync(folder);
  calls.length = 0;
  const installed = join(folder, 'Causeway.AppImage');
  const downloaded = join(folder, 'downloaded.AppImage');
  writeFileSync(installed, 'the old version');
  process.env['APPIMAGE'] = installed;
  const program = `#!/bin/sh\nprintf '%s' "\${APPIMAGE_EXIT_AFTER_INSTALL:-runs on}" > '${join(folder, 'started')}'\n`;
  writeFileSync(downloaded, kind === 'changed' ? program.replace('sh', 'zz') : program);
  const file = {
    url: 'causeway-1.1.0-linux-x64.AppImage',
    sha512: createHash('sha512').update(program).digest('base64'),
    size: Buffer.byteLength(program),
    arch: 'x64',
  } as const;
  const metadata: PreparedUpdate['metadata'] = {
    product: 'causeway-desktop',
    version: kind === 'older' ? '0.9.0' : '1.1.0',
    channel: 'stable',
    platform: 'linux',
    releaseDate: 0,
    signedAt: 0,
    expires: 0,
    stagingPercentage: 100,
    releaseNotes: { en: '' },
    files: [file],
  };
  const installer = createUpdateInstaller({
    by: 'appimage',
    folder: join(folder, 'installing'),
    publishers: [],
    closeApp: async () => {
      calls.push('close app');
      if (kind === 'swapped while it closes') swap();
    },
  });
  const swap = (): void => {
    const copy = join(folder, 'installing/pending/pending', file.url);
    rmSync(copy);
    writeFileSync(copy, program.replace('sh', 'zz'));
  };
  let outcome = 'done';
  try {
    await installer.prepare({ path: downloaded, file, metadata });
    if (kind === 'gone') rmSync(installed);
    if (kind.startsWith('swapped') && kind !== 'swapped while it closes') swap();
    if (kind.endsWith('quits')) await installer.installOnQuit();
    else if (kind !== 'waits') await installer.restart();
    await nextTurn();
  } catch (error) {
    outcome = error instanceof UpdateFailure ? error.reason : String(error);
  }
  const now = readOrNull(installed);
  const lies = now === program ? 'new' : now === null ? 'none' : 'old';
  return { outcome, calls: [...calls], lies };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
