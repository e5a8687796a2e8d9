import { parentPort } from 'node:worker_threads';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { type ReadPlace, type ReadTask, readTasks } from './read-tasks.ts';

/** Asks the thread of readings. */
export interface ReadQuestion {
  readonly id: number;
  readonly task: ReadTask;
  readonly place: ReadPlace;
  readonly input: unknown;
}

/** What it answers. */
export type ReadAnswer = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string } }
  | { readonly failed: string }
);

async function answerOne({ id, task, place, input }: ReadQuestion): Promise<void> {
  const answer = (message: ReadAnswer): void => parentPort?.postMessage(message);
  try {
    const run = readTasks[task] as (place: ReadPlace, input: unknown) => Promise<unknown>;
    answer({ id, result: await run(place, input) });
  } catch (error) {
    if (error instanceof AccessError) answer({ id, refused: { code: error.code, message: error.message } });
    else answer({ id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

let work = Promise.resolve();
parentPort?.on('message', (question: ReadQuestion) => {
  work = work.then(() => answerOne(question));
});
