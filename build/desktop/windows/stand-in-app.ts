import { appendFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { flipFuses } from '@electron/fuses';
import { fuses } from '../../fuses.ts';
import { version } from '../../../shared/version.ts';
import { writeArchiveHashes } from '../../packages/exe-resources.ts';
import { readArchive } from '../../release/verify-archive.ts';
import { fuseWire } from '../stand-in-runtime.ts';
import { carryCliInProof } from './carried-cli.ts';
import { makeProgram } from './small-program.ts';

/**
 * Lays out a directory as the app’s on Windows: what Forge has put beside the runtime of this system, with small programs in the
 * runtime’s place, of which the first bears a fuse wire and the archive’s hash that are written as the real one’s.
 * @param packaged the app’s directory of this system
 */
export async function layOutWindowsApp(directory: string, packaged: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await cp(join(packaged, 'resources'), join(directory, 'resources'), { recursive: true, dereference: true });
  for (const name of ['Causeway.exe', 'ffmpeg.dll']) makeProgram(join(directory, name));
  const program = join(directory, 'Causeway.exe');
  const { headerHash } = readArchive(join(directory, 'resources/app.asar'));
  await writeArchiveHashes(program, [{ file: 'resources\\app.asar', alg: 'SHA256', value: headerHash }]);
  appendFileSync(program, fuseWire, 'latin1');
  await flipFuses(program, fuses);
  await carryCliInProof(directory, version);
}
