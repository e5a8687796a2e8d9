import { Worker } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import type { ReadAnswer } from './read-thread.ts';
import type { ReadPlace, ReadTask, ReadTasks } from './read-tasks.ts';

/** Readings that don’t hold up the relay’s traffic, one after the other. */
export interface ReadThread {
  /** @throws AccessError what the reading refuses, or `overloaded` when too many wait */
  ask<Task extends ReadTask>(
    task: Task,
    place: ReadPlace,
    input: Parameters<ReadTasks[Task]>[1],
  ): Promise<Awaited<ReturnType<ReadTasks[Task]>>>;
  close(): Promise<void>;
}

const mostWaiting = 32;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread with the first question, and anew when it has ended. */
export function openReadThread(): ReadThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let asked = 0;

  const failAll = (error: Error): void => {
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const begin = (): Worker => {
    const thread = new Worker(new URL('./read-thread.ts', import.meta.url));
    thread.unref();
    thread.on('message', (answer: ReadAnswer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (asker === undefined) return;
      if ('result' in answer) asker.resolve(answer.result as never);
      else if ('refused' in answer) asker.reject(new AccessError(answer.refused.code, answer.refused.message));
      else asker.reject(new Error(answer.failed));
    });
    thread.on('error', failAll);
    thread.on('exit', () => failAll(new Error('The thread of readings has ended.')));
    return thread;
  };

  return {
    ask(task, place, input) {
      if (waiting.size >= mostWaiting)
        return Promise.reject(new AccessError('overloaded', 'Too many readings wait already. Ask again in a moment.'));
      worker ??= begin();
      const id = (asked += 1);
      const thread = worker;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        thread.postMessage({ id, task, place, input });
      });
    },
    async close() {
      await worker?.terminate();
    },
  };
}
