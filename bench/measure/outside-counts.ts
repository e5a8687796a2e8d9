import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './find-program.ts';

/** What a program outside has counted, or why it couldn’t. */
export type OutsideCount = { readonly count: number } | { readonly count: null; readonly because: string };

/** How a program that watches a process is run, and where in its output the count stands. */
interface Watcher {
  readonly program: string;
  readonly flags: readonly string[];
  /** What it says once it has begun; null for one that says nothing. */
  readonly begins: RegExp | null;
  /** Of what it has said at its end; null when there is no count in it. */
  readonly count: (output: string) => number | null;
}

const longestBeginMs = 5000;
const silentBeginMs = 1000;

async function countedBy({ program, flags, begins, count }: Watcher, work: () => Promise<void>): Promise<OutsideCount> {
  const path = findProgram(program);
  if (path === null) return { count: null, because: `${program} isn’t installed` };
  const child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  const begun = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (begins?.test(output) === true) resolve();
    });
  });
  const closed = once(child, 'close');
  await Promise.race([closed, begun, delay(begins === null ? silentBeginMs : longestBeginMs)]);
  if (child.exitCode === null) {
    await work();
    child.kill('SIGINT');
  }
  await closed;
  const found = count(output);
  if (found !== null) return { count: found };
  const [line = 'no word'] = output.split('\n').filter((text) => text.trim() !== '');
  return { count: null, because: `${program} says: ${line.trim()}` };
}

function strace(pid: number, flags: readonly string[], count: Watcher['count']): Watcher {
  const all = [...flags, '-c', '-U', 'calls,name', '-p', String(pid)];
  return { program: 'strace', flags: all, begins: /attached/u, count };
}

function firstCount(pattern: RegExp): Watcher['count'] {
  return (output) => {
    const found = pattern.exec(output)?.groups?.['count'];
    return found === undefined ? null : Number(found);
  };
}

const total = firstCount(/^\s*(?<count>\d+)\s+total$/mu);
/** How often these are called depends on how busy the machine is. */
const waits = new Set(['epoll_pwait', 'epoll_wait', 'futex', 'sched_yield', 'restart_syscall']);

/** System calls of a process while `work` runs: of its event loop, or of all its threads. */
export function systemCallsOf(
  pid: number,
  threads: 'event-loop' | 'all',
  work: () => Promise<void>,
): Promise<OutsideCount> {
  return countedBy(strace(pid, threads === 'all' ? ['-f'] : [], total), work);
}

/** Those of its event loop that do something: without those by which it waits for others. */
export function workCallsOf(pid: number, work: () => Promise<void>): Promise<OutsideCount> {
  return countedBy(
    strace(pid, [], (output) => {
      const all = total(output);
      const rows = output.matchAll(/^\s*(?<calls>\d+)\s+(?<name>\w+)$/gmu);
      const waiting = [...rows].filter(({ groups }) => waits.has(groups?.['name'] ?? ''));
      return all === null ? null : waiting.reduce((left, { groups }) => left - Number(groups?.['calls']), all);
    }),
    work,
  );
}

/** Instructions outside the kernel, of all threads; there are none where the processor’s counters can’t be read. */
export function instructionsOf(pid: number, work: () => Promise<void>): Promise<OutsideCount> {
  const flags = ['stat', '-x', ',', '-e', 'instructions:u', '-p', String(pid)];
  return countedBy(
    { program: 'perf', flags, begins: null, count: firstCount(/^(?<count>\d+),[^,]*,instructions/mu) },
    work,
  );
}
