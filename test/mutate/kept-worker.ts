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

/**
 * After a failure, a process ends its run by itself; that the server then ends all runs, too, would reach one that came
 * after it.
 */
function isCancel(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'm' in message && message.m === 'onCancel';
}

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
    const listeners: { readonly event: string; readonly listener: Listener; readonly passing: Listener }[] = [];

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
        for (const { event, passing } of listeners.splice(0)) kept?.child.off(event, passing);
      },
      on(event, listener: Listener) {
        const passing: Listener = (...values) => {
          if (!isCancel(values[0])) listener(...values);
        };
        own.on(event, listener);
        current().child.on(event, passing);
        listeners.push({ event, listener, passing });
      },
      off(event, listener: Listener) {
        own.off(event, listener);
        for (const each of listeners)
          if (each.event === event && each.listener === listener) kept?.child.off(event, each.passing);
      },
      send(message: WorkerRequest) {
        if (isCancel(message)) return;
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
