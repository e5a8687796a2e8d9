import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CaseOutcome } from './matrix-program.ts';

/** Runs a command to its end and gives what it printed on both outputs; ends it and its children after `timeoutMs`. */
export async function runCommand(
  command: readonly string[],
  options: { timeoutMs?: number; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<CaseOutcome> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, NO_PROXY: '*', LC_ALL: 'C', ...options.env },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, options.timeoutMs ?? 60_000);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
  try {
    const [out, problem, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { exit: late ? 'timeout' : exit, output: `${out}${problem}`.trim() };
  } finally {
    clearTimeout(timer);
  }
}
