import type { KeyEraser } from './key-eraser.ts';
import type { PersonToErase } from './erased-person.ts';
import { takeOutOfFolder, type TakenOut } from './take-out-of-folder.ts';

/** What was taken out, and files that were in use, so that bytes of what was deleted may be left in them. */
export type EndOfErasure = Omit<TakenOut, 'overwritten'> & { readonly notOverwritten: readonly string[] };

/**
 * Takes a person whose keys are thrown away out of a data folder. The erasure is under way no longer once nothing of the
 * person is left in any file; else it can be gone on with.
 * @param beforeMs leaves alone what is newer, of somebody who came back; counts go by the hour
 */
export async function endErasure(
  dataDir: string,
  eraser: KeyEraser,
  person: PersonToErase,
  { nowMs, beforeMs }: { readonly nowMs: number; readonly beforeMs?: number | undefined },
): Promise<EndOfErasure> {
  const { overwritten, ...counts } = await takeOutOfFolder(dataDir, person, nowMs, beforeMs);
  const files: Readonly<Record<string, boolean>> = { 'audit-keys.sqlite': eraser.overwrite(), ...overwritten };
  const notOverwritten = Object.keys(files).filter((file) => files[file] !== true);
  if (notOverwritten.length === 0) eraser.didTakeOut(person);
  return { ...counts, notOverwritten };
}
