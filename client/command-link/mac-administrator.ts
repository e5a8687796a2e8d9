import { execFile } from 'node:child_process';
import type { Administrator } from './change-command-link.ts';

/** The script takes what it runs and says from its arguments: nothing of it is read as AppleScript. */
const script = [
  'on run argv',
  'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges',
  'end run',
];
/** `userCanceledErr` of macOS (MacErrors.h). */
const declined = /\(-128\)\s*$/;

/** Runs a program, and gives its exit code and what it wrote to standard error. */
export type RunProgram = (
  program: string,
  words: readonly string[],
) => Promise<{ readonly code: number; readonly errors: string }>;

/** Asks by macOS’ own dialogue, which shows who asks and keeps the password to itself. */
export function macAdministrator(run: RunProgram = runProgram): Administrator {
  return {
    async run(command, prompt) {
      const lines = script.flatMap((line) => ['-e', line]);
      const { code, errors } = await run('/usr/bin/osascript', [...lines, command, prompt]);
      if (code === 0) return 'done';
      if (declined.test(errors)) return 'declined';
      throw new Error(errors.trim().split('\n').at(-1) || `osascript ended with ${code}.`);
    },
  };
}

const runProgram: RunProgram = (program, words) =>
  new Promise((resolve) => {
    execFile(program, words, { encoding: 'utf8' }, (error, _output, errors) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ code, errors: errors || (error?.message ?? '') });
    });
  });
