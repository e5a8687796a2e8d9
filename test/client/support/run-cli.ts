import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { keptCode, keptCodeOf } from '../../../build/kept-code.ts';

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

/** A CLI command under way: its JSON lines as they come, and how it ends. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  /** Resolves with the first line, past or future, that fits; rejects when the command ends before. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  /** Ends it if it still runs; afterwards it writes nothing any more. */
  kill(): Promise<void>;
}

const cli = join(import.meta.dirname, '../../../client/cli.ts');

/** Another user to run as, or another program to start it, which gets the whole command as its last arguments. */
export interface CliStart {
  readonly uid?: number;
  readonly gid?: number;
  readonly through?: readonly string[];
}

/** Starts `causeway … --json` with exactly these variables added to a bare environment. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { through = [], ...user }: CliStart = {},
): RunningCli {
  const [program, ...rest] = [...through, process.execPath, cli, ...args, '--json'] as const;
  const kept = user.uid === undefined ? keptCode : keptCodeOf(user.uid);
  const child = spawn(program, rest, {
    ...user,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...kept, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    for (const look of waiting) look();
  });
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]).then(([[code], stderr]) => ({
    code: code as number | null,
    stderr,
  }));
  return {
    child,
    lines,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(({ code, stderr }) =>
          reject(new Error(`The command ended with ${code}: ${stderr}${JSON.stringify(lines)}`)),
        );
      }),
  };
}
