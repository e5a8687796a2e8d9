import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunAnswer, RunRequest } from './test-host.ts';

/** What became of a run: `ended` when the time was over or the host died. */
export type RunOutcome = RunAnswer['status'] | 'ended';

export interface TestHost {
  /** Runs tests of the copy until the first failure; one run at a time. */
  run(request: RunRequest, timeoutMs: number): Promise<RunOutcome>;
  close(): Promise<void>;
}

const script = fileURLToPath(new URL('test-host.ts', import.meta.url));

/** The next message of a process; null when it exits first or the time is over. */
async function nextMessage(child: ChildProcess, timeoutMs: number): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(resolve, timeoutMs, null);
  const onExit = (): void => resolve(null);
  child.once('message', resolve).once('exit', onExit);
  const message = await promise;
  clearTimeout(timer);
  child.off('message', resolve).off('exit', onExit);
  return message;
}

/** Ends a host with everything that its tests have started: it leads a process group. */
async function end(child: ChildProcess): Promise<void> {
  const exited =
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nothing of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await exited;
}

/** Runs tests of the project at `root` in one process, which is replaced after a run that had to be ended. */
export function startTestHost(root: string): TestHost {
  let child: ChildProcess | null = null;

  async function ready(): Promise<ChildProcess> {
    if (child !== null) return child;
    const started = fork(script, {
      cwd: root,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, NO_COLOR: '1' },
    });
    child = started;
    if ((await nextMessage(started, 60_000)) === null) throw new Error('Vitest doesn’t start in the copy');
    return started;
  }

  async function close(): Promise<void> {
    const last = child;
    child = null;
    if (last !== null) await end(last);
  }

  return {
    async run(request, timeoutMs) {
      const host = await ready();
      const answer = nextMessage(host, timeoutMs);
      host.send(request);
      const said = (await answer) as RunAnswer | null;
      if (said !== null) return said.status;
      await close();
      return 'ended';
    },
    close,
  };
}
