import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));

export interface RunCommandOptions {
  readonly cwd?: string;
  /** Interrupts a command that goes on by itself, once it has said this. */
  readonly untilSaid?: string;
}

/** Runs the relay’s command line as somebody in a shell would; its exit code, and all that it said. */
export async function runRelayCommand(
  words: readonly string[],
  { cwd, untilSaid }: RunCommandOptions = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (untilSaid !== undefined) {
    let said = '';
    let isInterrupted = false;
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (isInterrupted || !said.includes(untilSaid)) return;
      // Once: a second one is for commands that don't listen, and ends them at once.
      isInterrupted = true;
      child.kill('SIGINT');
    });
  }
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: Number(code ?? -1), said: output + errors };
}

/** The words of a command line as a shell would give them. */
export function shellWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
