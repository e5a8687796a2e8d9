import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isListening } from '../test/support/is-listening.ts';

/** A process of a bench. */
export interface BenchProcess {
  readonly pid: number;
  /** What it printed as its first line, when it is one of ours. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

/** How Node is told to run a script. */
export interface NodeOptions {
  readonly execArgv?: readonly string[];
  /** Of its environment, besides the usual. */
  readonly env?: Readonly<Record<string, string>>;
}

function closer(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await closed;
    clearTimeout(timer);
  };
}

/**
 * Starts one of the scripts in `processes/`; resolves with the JSON object that it prints as its first line. `onLine`
 * gets each later one.
 */
export async function startScript(
  name: string,
  input: unknown,
  onLine: (line: Record<string, unknown>) => void = () => undefined,
  { execArgv = [], env = {} }: NodeOptions = {},
): Promise<BenchProcess> {
  const script = fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...execArgv, script, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'close').then(([code]) => {
      throw new Error(`${name} ended with ${String(code)} before it was ready`);
    }),
  ]);
  lines.on('line', (line) => onLine(JSON.parse(line) as Record<string, unknown>));
  return { pid: child.pid ?? 0, ready: JSON.parse(first) as Record<string, unknown>, close: closer(child) };
}

/** Starts another program and resolves once it accepts connections on the port; throws with its output otherwise. */
export async function startProgram(
  command: string,
  programArguments: readonly string[],
  port: number,
  timeoutMs = 10_000,
): Promise<BenchProcess> {
  const child = spawn(command, programArguments, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  }
  child.once('error', (error) => {
    output += error.message;
  });
  const close = closer(child);
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > giveUpAtMs) {
      await close();
      throw new Error(`${command} doesn’t listen on port ${port}: ${output}`);
    }
    await delay(50);
  }
  return { pid: child.pid ?? 0, ready: {}, close };
}
