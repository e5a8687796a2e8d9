import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumFile, writeChecksums } from '../packages/checksums.ts';
import { signDetached, signRpm } from './sign-linux.ts';
import type { LinuxSigning } from './signing-settings.ts';

const unsigned = '-unsigned';

/** A file’s name with what says that nothing vouches for where it comes from. */
export function unsignedName(path: string): string {
  return path.replace(/(\.[^./\\]+)$/, `${unsigned}$1`);
}

/** Whether a name says so. */
export function saysUnsigned(name: string): boolean {
  return /-unsigned\.[^.]+$/.test(name);
}

/** Whether a file of a Mac or Windows bears no signature of its system's, so that the key of releases vouches for it. */
export function isSignedLater(name: string): boolean {
  return /^causeway-cli-.*-(?:mac|win)-\w+\.zip$/.test(name) && !saysUnsigned(name);
}

/**
 * Signs what was made for Linux, each with a signature beside it and RPMs also inside, or says in its name that it isn’t.
 * @returns where the files are then
 */
export async function finishLinuxFiles(files: readonly string[], signing: LinuxSigning | null): Promise<string[]> {
  const finished: string[] = [];
  for (const file of files) {
    if (signing === null) {
      await rename(file, unsignedName(file));
      finished.push(unsignedName(file));
      continue;
    }
    if (file.endsWith('.rpm')) signRpm(file, signing);
    signDetached(file, signing);
    finished.push(file);
  }
  return finished;
}

/** Writes the sums of a release’s files, and signs them where there is a key. */
export async function finishRelease(
  folder: string,
  files: readonly string[],
  signing: LinuxSigning | null,
): Promise<void> {
  await writeChecksums(folder, files);
  if (signing !== null) signDetached(join(folder, checksumFile), signing);
}
