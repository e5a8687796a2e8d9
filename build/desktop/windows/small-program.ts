import { execFileSync } from 'node:child_process';

/** Makes a program of Windows that does nothing. */
export function makeProgram(target: string): void {
  const script = `Unicode true\nName "Causeway"\nOutFile "${target}"\nSilentInstall silent\nSection\nSectionEnd\n`;
  execFileSync('makensis', ['-V1', '-'], { input: script });
}
