import { readFile, writeFile } from 'node:fs/promises';
import { packagerLibrary } from './packager-library.ts';

/** What Electron for Windows knows its archive by: a list in the program’s resources. */
export interface ArchiveHash {
  /** Path of the archive from the program’s folder. */
  readonly file: string;
  readonly alg: string;
  readonly value: string;
}

interface ResourceEntry {
  readonly type: string | number;
  readonly id: string | number;
  readonly lang: number | string;
  readonly codepage: number | string;
  readonly bin: ArrayBuffer;
}
interface Executable {
  generate(): ArrayBuffer;
}
interface Resources {
  readonly entries: ResourceEntry[];
  outputResource(executable: Executable): void;
}
/** Of `resedit`, what is used. */
interface ResEdit {
  readonly NtExecutable: { from(bytes: Uint8Array, options?: { readonly ignoreCert?: boolean }): Executable };
  readonly NtExecutableResource: { from(executable: Executable): Resources };
}

const place = { type: 'INTEGRITY', id: 'ELECTRONASAR' } as const;

/** Reads the list, signed or not; null where there is none. @throws Error when the file is no program of Windows’ */
export async function readArchiveHashes(program: string): Promise<readonly ArchiveHash[] | null> {
  const { NtExecutable, NtExecutableResource } = await packagerLibrary<ResEdit>('resedit');
  const executable = NtExecutable.from(await readFile(program), { ignoreCert: true });
  const found = NtExecutableResource.from(executable).entries.find(
    ({ type, id }) => type === place.type && id === place.id,
  );
  return found === undefined ? null : (JSON.parse(Buffer.from(found.bin).toString('utf8')) as readonly ArchiveHash[]);
}

/** Writes the list into a program, as packaging does on Windows; what stood behind the program’s sections is lost. */
export async function writeArchiveHashes(program: string, hashes: readonly ArchiveHash[]): Promise<void> {
  const { NtExecutable, NtExecutableResource } = await packagerLibrary<ResEdit>('resedit');
  const executable = NtExecutable.from(await readFile(program));
  const resources = NtExecutableResource.from(executable);
  const bin = new TextEncoder().encode(JSON.stringify(hashes)).buffer;
  resources.entries.push({ ...place, lang: 1033, codepage: 1200, bin });
  resources.outputResource(executable);
  await writeFile(program, Buffer.from(executable.generate()));
}
