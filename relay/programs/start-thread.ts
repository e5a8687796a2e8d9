import { Worker } from 'node:worker_threads';
import { type Program, programFile } from './program-file.ts';

/** As much of a thread as those who start one need: it may run in another process. */
export type Thread = Pick<Worker, 'on' | 'once' | 'postMessage' | 'terminate' | 'unref'>;

/** @param workerData what can be cloned; the thread finds it as `workerData` */
export type StartThread = (program: Program, name: string, workerData: unknown) => Thread;

/** Starts a thread of this process. */
export const startThread: StartThread = (program, name, workerData) =>
  new Worker(programFile(program), { workerData, execArgv: [], name });
