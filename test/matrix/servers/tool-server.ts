import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { isListening } from '../../support/is-listening.ts';

/** A server of a tool, on loopback, with nothing in it but what it was made with. */
export interface ToolServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly port: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server as a process and waits until it accepts connections; throws with its last words if it ends before. */
export async function startServerProcess(
  command: readonly string[],
  { port, cwd, env }: ServerProcessOptions,
): Promise<ToolServer> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    // Apache ends its whole process group, which must be its own.
    detached: true,
  });
  let words = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4000)));
  }
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      ended = true;
      resolve();
    };
    child.once('error', (error) => {
      words += error.message;
      end();
    });
    child.once('exit', end);
  });
  const deadline = performance.now() + 60_000;
  while (!(await isListening(port))) {
    if (ended || performance.now() > deadline) throw new Error(`${program} doesn’t start:\n${words}`);
    await wait(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      if (ended) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
