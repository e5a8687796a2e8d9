import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import { programFile } from '../programs/program-file.ts';
import type { ReadAnswer, ReadQuestion } from './read-thread.ts';

/** Questions to one thread, one after the other. */
export interface ReadLane {
  /** @param wanted who is still waiting when it is aborted isn’t asked any more */
  ask(question: Omit<ReadQuestion, 'id'>, wanted?: AbortSignal): Promise<unknown>;
  /** Refuses whoever waits, and all that come; what is under way has so long to end. */
  close(withinMs?: number): Promise<void>;
}

const mostWaiting = 32;

/** What was asked had begun, and didn’t come to its end. */
export class BrokenOff extends Error {}

interface Asked {
  readonly question: Omit<ReadQuestion, 'id'>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts its thread with the first question, and anew when it has ended. Who takes longer than `longestMs` ends with the
 * thread; who waits behind is asked of the next one.
 */
export function openReadLane(longestMs: number, begin: () => Worker = beginThread): ReadLane {
  const queue: Asked[] = [];
  let thread: Worker | null = null;
  let running: { readonly asked: Asked; readonly id: number; readonly timer: NodeJS.Timeout } | null = null;
  let count = 0;
  let isClosing = false;
  let didSettle: () => void = () => undefined;

  const finish = (): Asked | null => {
    if (running === null) return null;
    const { asked, timer } = running;
    clearTimeout(timer);
    running = null;
    didSettle();
    return asked;
  };
  const lose = (lost: Worker, error: Error): void => {
    // One that was given up says so later.
    if (thread !== lost) return;
    thread = null;
    finish()?.reject(error);
    next();
  };
  const giveUp = (): void => {
    const tooLong = new AccessError(
      'overloaded',
      `This takes longer than ${Math.round(longestMs / 1000)} s. Ask for less: a shorter period, or more filters.`,
    );
    const asked = finish();
    const old = thread;
    thread = null;
    asked?.reject(tooLong);
    void old?.terminate();
    next();
  };
  const follow = (worker: Worker): Worker => {
    worker.unref();
    worker.on('message', (answer: ReadAnswer) => {
      if (running?.id !== answer.id) return;
      const asked = finish();
      if ('result' in answer) asked?.resolve(answer.result);
      else if ('refused' in answer) asked?.reject(new AccessError(answer.refused.code, answer.refused.message));
      else asked?.reject(new Error(answer.failed));
      next();
    });
    worker.on('error', (error: Error) => lose(worker, error));
    worker.on('exit', () => lose(worker, new BrokenOff('The thread of readings has ended.')));
    return worker;
  };
  const next = (): void => {
    if (running !== null) return;
    const asked = queue.shift();
    if (asked === undefined) return;
    thread ??= follow(begin());
    const id = (count += 1);
    running = { asked, id, timer: setTimeout(giveUp, longestMs).unref() };
    thread.postMessage({ id, ...asked.question } satisfies ReadQuestion);
  };

  return {
    ask: (question, wanted) =>
      new Promise((resolve, reject) => {
        if (isClosing) {
          reject(relayStops());
          return;
        }
        if (wanted?.aborted === true) {
          reject(nobodyWaits());
          return;
        }
        if (queue.length >= mostWaiting) {
          reject(new AccessError('overloaded', 'Too many readings wait already. Ask again in a moment.'));
          return;
        }
        const asked: Asked = { question, resolve, reject };
        queue.push(asked);
        wanted?.addEventListener('abort', () => {
          const index = queue.indexOf(asked);
          if (index < 0) return;
          queue.splice(index, 1);
          reject(nobodyWaits());
        });
        next();
      }),
    async close(withinMs = 0) {
      isClosing = true;
      for (const { reject } of queue.splice(0)) reject(relayStops());
      if (running !== null && withinMs > 0) {
        const settled = new Promise<void>((resolve) => (didSettle = resolve));
        await Promise.race([settled, sleep(withinMs, undefined, { ref: false })]);
      }
      const old = thread;
      thread = null;
      finish()?.reject(new BrokenOff('The relay stops.'));
      await old?.terminate();
    },
  };
}

function relayStops(): Error {
  return new Error('The relay stops.');
}

function nobodyWaits(): Error {
  return new AccessError('overloaded', 'Whoever asked no longer waits for it.');
}

function beginThread(): Worker {
  return new Worker(programFile('read-thread'));
}
