import { join } from 'node:path';

/** Which worker a tunnel is at. `generation` tells a worker from the one that it replaced. */
export interface WorkerAddress {
  readonly worker: number;
  readonly generation: number;
}

/** Begins the resume tokens of a worker. Says only where to look: the worker itself knows which tokens are good. */
export function tokenPrefixOf({ worker, generation }: WorkerAddress): string {
  return `${worker}.${generation}.`;
}

/** The worker that a resume token names; null when it names none. */
export function addressIn(resumeToken: string): WorkerAddress | null {
  const [, worker, generation] = /^([1-9]\d?)\.([1-9]\d{0,8})\./.exec(resumeToken) ?? [];
  return worker === undefined ? null : { worker: Number(worker), generation: Number(generation) };
}

/** Where the worker takes clients from the others. */
export function socketPathOf(folder: string, { worker, generation }: WorkerAddress): string {
  return join(folder, `${worker}.${generation}.sock`);
}
