import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './find-program.ts';

/** Runs a program that watches a process while `work` runs, and gives what it prints at its end; null where it can’t. */
async function watchedBy(program: string, flags: readonly string[], work: () => Promise<void>): Promise<string | null> {
  const path = findProgram(program);
  if (path === null) return null;
  const child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  // Neither says when it has begun.
  await Promise.race([closed, delay(1000)]);
  await work();
  child.kill('SIGINT');
  await closed;
  return output;
}

/** System calls of all threads of a process while `work` runs; null where strace isn’t installed or may not look. */
export async function systemCallsOf(pid: number, work: () => Promise<void>): Promise<number | null> {
  const output = await watchedBy('strace', ['-f', '-c', '-U', 'calls,name', '-p', String(pid)], work);
  const total = /^\s*(?<calls>\d+)\s+total$/mu.exec(output ?? '')?.groups?.['calls'];
  return total === undefined ? null : Number(total);
}

/** Instructions outside the kernel, of all threads; null where the processor’s counters can’t be read. */
export async function instructionsOf(pid: number, work: () => Promise<void>): Promise<number | null> {
  const output = await watchedBy('perf', ['stat', '-x', ',', '-e', 'instructions:u', '-p', String(pid)], work);
  const found = /^(?<count>\d+),[^,]*,instructions/mu.exec(output ?? '')?.groups?.['count'];
  return found === undefined ? null : Number(found);
}
