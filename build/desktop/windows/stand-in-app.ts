import { execFileSync } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Lays out a directory as the app’s on Windows, with small programs in the runtime’s place. */
export async function layOutWindowsApp(directory: string, archive: string): Promise<void> {
  await mkdir(join(directory, 'resources'), { recursive: true });
  await cp(archive, join(directory, 'resources/app.asar'));
  for (const name of ['Causeway.exe', 'ffmpeg.dll']) makeProgram(join(directory, name));
}

/** Makes a program of Windows that does nothing. */
export function makeProgram(target: string): void {
  const script = `Unicode true\nName "Causeway"\nOutFile "${target}"\nSilentInstall silent\nSection\nSectionEnd\n`;
  execFileSync('makensis', ['-V1', '-'], { input: script });
}
