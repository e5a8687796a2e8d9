import { openReadLane, type ReadLane } from './read-lane.ts';
import { isQuick, type ReadPlace, type ReadTask, type ReadTasks } from './read-tasks.ts';

/** Readings that don’t hold up the relay’s traffic. */
export interface ReadThread {
  /** @throws AccessError what the reading refuses, or `overloaded` when too many wait or it takes too long */
  ask<Task extends ReadTask>(
    task: Task,
    place: ReadPlace,
    input: Parameters<ReadTasks[Task]>[1],
  ): Promise<Awaited<ReturnType<ReadTasks[Task]>>>;
  close(): Promise<void>;
}

const quickMs = 20_000;
/** A year of a large company’s audit takes its time. */
const longMs = 120_000;

/**
 * One thread for what answers at once and one for what may take long, so that nobody’s search of the audit holds up a page of
 * sessions; each begins with the first question.
 */
export function openReadThread(limits: { readonly quickMs?: number; readonly longMs?: number } = {}): ReadThread {
  const quick: ReadLane = openReadLane(limits.quickMs ?? quickMs);
  const long: ReadLane = openReadLane(limits.longMs ?? longMs);
  return {
    ask: (task, place, input) => (isQuick(task) ? quick : long).ask({ task, place, input }) as Promise<never>,
    async close() {
      await Promise.all([quick.close(), long.close()]);
    },
  };
}
