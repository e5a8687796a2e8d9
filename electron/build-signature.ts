import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildSignature } from '../shared/snapshot.ts';

/** What packaging wrote of itself into the app's manifest: anything but a clear word counts as unsigned. */
export async function readBuildSignature(appPath: string): Promise<BuildSignature> {
  const manifest: unknown = JSON.parse(await readFile(join(appPath, 'package.json'), 'utf8'));
  const isSigned =
    typeof manifest === 'object' && manifest !== null && 'signature' in manifest && manifest.signature === 'signed';
  return isSigned ? 'signed' : 'unsigned';
}
