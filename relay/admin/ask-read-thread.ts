import { openReadLane } from './read-lane.ts';
import { laneOf, type ReadLaneName, readLanes, type ReadPlace, type ReadTask, type ReadTasks } from './read-tasks.ts';

/** Readings that don’t hold up the relay’s traffic. */
export interface ReadThread {
  /** @throws AccessError what the reading refuses, or `overloaded` when too many wait or it takes too long */
  ask<Task extends ReadTask>(
    task: Task,
    place: ReadPlace,
    input: Parameters<ReadTasks[Task]>[1],
    wanted?: AbortSignal,
  ): Promise<Awaited<ReturnType<ReadTasks[Task]>>>;
  /** Gives an erasure that has begun some seconds; whatever else is asked ends at once. */
  close(): Promise<void>;
}

/** A year of a large company’s audit takes its time, and all records’ hashes more. */
const longestMs: Readonly<Record<ReadLaneName, number>> = {
  quick: 20_000,
  long: 120_000,
  whole: 3_600_000,
  erasing: 86_400_000,
};
const eraseWithinMs = 10_000;

/**
 * A thread for what answers at once, one for what may take long, one for what reads everything and one for erasures, so that
 * nobody’s search of the audit holds up a page of sessions; each begins with the first question.
 */
export function openReadThread(limits: Partial<Record<ReadLaneName, number>> = {}): ReadThread {
  const lanes = new Map(readLanes.map((name) => [name, openReadLane(limits[name] ?? longestMs[name])]));
  return {
    ask: (task, place, input, wanted) => lanes.get(laneOf(task))?.ask({ task, place, input }, wanted) as Promise<never>,
    async close() {
      await Promise.all([...lanes].map(([name, lane]) => lane.close(name === 'erasing' ? eraseWithinMs : 0)));
    },
  };
}
