import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { PoolOptions, PoolWorker, WorkerRequest } from 'vitest/node';

/** One process that runs test file after test file: what they import from packages is loaded once. */
export interface KeptProcess {
  /** What Vitest asks for a worker, again for each run. */
  readonly createPoolWorker: (options: PoolOptions) => PoolWorker;
  /** The next run gets a new process. */
  renew(): Promise<void>;
}

type Listener = (...values: unknown[]) => void;

/** Vitest waits for both at each run's beginning and end; the process hears of its first start alone. */
const answered = { start: 'started', stop: 'stopped' } as const;

/** A process of Vitest's own pool, which the runs hand on to each other in place of starting one each. */
export function keepProcess(): KeptProcess {
  let kept: { readonly child: ChildProcess; isStarted: boolean } | null = null;

  async function renew(): Promise<void> {
    const last = kept?.child;
    kept = null;
    if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
    const exited = once(last, 'exit');
    last.kill('SIGKILL');
    await exited;
  }

  function createPoolWorker({ distPath, env, execArgv }: PoolOptions): PoolWorker {
    const own = new EventEmitter();
    const listeners: [event: string, listener: Listener][] = [];

    function current(): { readonly child: ChildProcess; isStarted: boolean } {
      if (kept !== null && (kept.child.exitCode !== null || kept.child.signalCode !== null)) kept = null;
      kept ??= {
        child: fork(join(distPath, 'workers/forks.js'), [], {
          env: env as NodeJS.ProcessEnv,
          execArgv,
          stdio: 'ignore',
          serialization: 'advanced',
        }),
        isStarted: false,
      };
      return kept;
    }

    function answer(type: 'started' | 'stopped'): void {
      setImmediate(() => own.emit('message', { type, __vitest_worker_response__: true }));
    }

    return {
      name: 'forks',
      cacheFs: true,
      async start() {
        current();
      },
      async stop() {
        for (const [event, listener] of listeners.splice(0)) kept?.child.off(event, listener);
      },
      on(event, listener: Listener) {
        own.on(event, listener);
        current().child.on(event, listener);
        listeners.push([event, listener]);
      },
      off(event, listener: Listener) {
        own.off(event, listener);
        kept?.child.off(event, listener);
      },
      send(message: WorkerRequest) {
        const to = current();
        const type = (message as { readonly type?: unknown }).type;
        if (type === 'stop' || (type === 'start' && to.isStarted)) return answer(answered[type]);
        if (type === 'start') to.isStarted = true;
        to.child.send(message as object);
      },
      deserialize: (data) => data,
    };
  }

  return { createPoolWorker, renew };
}
