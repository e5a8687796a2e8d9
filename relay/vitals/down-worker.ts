import { z } from 'zod';

/** A worker of a relay that nobody is served by at the moment: its process has ended, and the next one isn’t up yet. */
export const downWorkerSchema = z.object({
  worker: z.number(),
  /** When the process ended that served people last; milliseconds since the epoch. */
  sinceMs: z.number(),
  /** How many of its processes have ended since nobody is served. */
  ends: z.number(),
  /** How the last one ended, in words. */
  how: z.string(),
  /** Whether the next one will be drained, too, as an operator has asked for. */
  draining: z.boolean(),
});
export type DownWorker = z.infer<typeof downWorkerSchema>;

/** How a process ended, in words. */
export function endWords(code: number | null, signal: string | null): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? 'can’t be started' : `ended with code ${code}`;
}

/** What keeps a relay from being ready, for operators: the same while nothing changes. */
export function downWords({ worker, sinceMs, ...down }: Omit<DownWorker, 'draining'>): string {
  const since = new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ');
  return `Worker ${worker} is down since ${since} UTC: its process ${endedWords(down)}. It is started again by itself.`;
}

/** How processes in a worker’s place have ended, in words. */
export function endedWords({ ends, how }: Pick<DownWorker, 'ends' | 'how'>): string {
  return ends === 1 ? how : `${how}, as ${ends - 1} before it`;
}
