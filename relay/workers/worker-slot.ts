import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';
import type { MetricValues } from '../metrics/relay-metrics.ts';
import { endWords } from '../vitals/down-worker.ts';
import type { ProcessVitals } from '../vitals/process-vitals.ts';
import { createBatchedSender } from './batched-sender.ts';
import type { ToPrimary, ToWorker } from './worker-messages.ts';

/** Comes with a connection. */
export const connectionMessage = 'connection';

/** What a slot tells of its worker. `generation` names the process: a slot's next one has another. */
export interface SlotHandlers {
  onMessage(slot: WorkerSlot, generation: number, message: ToPrimary): void;
  onExit(
    slot: WorkerSlot,
    generation: number,
    how: { readonly code: number | null; readonly signal: string | null },
  ): void;
}

export interface WorkerSlotOptions {
  /** From 1. */
  readonly worker: number;
  readonly fork: () => ChildProcess;
  readonly nextGeneration: () => number;
  readonly log: Logger;
  readonly handlers: SlotHandlers;
}

const pauses: Backoff = { firstMs: 100, longestMs: 10_000, jitter: 0 };
/** A worker that ran for so long starts again at once. */
const stableMs = 60_000;

/** One worker's place: keeps a process in it, and starts another after a growing pause when it ends. */
export class WorkerSlot {
  readonly worker: number;
  /** Of the process now; 0 while there is none. */
  generation = 0;
  isUp = false;
  /** Whether an operator drains it, alone: its next process is drained, too. */
  isAway = false;
  /** Open connections that it was given. */
  connections = 0;
  /** What it counted, as it said last. */
  metrics: MetricValues | null = null;
  /** What it knew of itself, as it said last. */
  vitals: ProcessVitals | null = null;
  problems: readonly string[] = [];
  /** Since when nobody is served by it, milliseconds since the epoch; null while somebody is, and at the relay’s start. */
  down: { readonly sinceMs: number; readonly ends: number; readonly how: string } | null = null;
  readonly #options: WorkerSlotOptions;
  #process: ChildProcess | null = null;
  #post: ((message: ToWorker) => void) | null = null;
  #flush: (() => void) | null = null;
  #failures = 0;
  #restart: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: WorkerSlotOptions) {
    this.worker = options.worker;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Its process serves people now. */
  didComeUp(): void {
    this.isUp = true;
    this.down = null;
  }

  start(): void {
    const { fork, nextGeneration, handlers } = this.#options;
    const child = fork();
    const generation = nextGeneration();
    const startedAtMs = Date.now();
    this.#process = child;
    this.generation = generation;
    const sender = createBatchedSender<ToWorker>((messages) => {
      if (child.connected) child.send(messages, () => undefined);
    });
    this.#post = (message) => sender.post(message);
    this.#flush = () => sender.flush();
    child.on('message', (messages) => {
      for (const message of messages as unknown as readonly ToPrimary[]) handlers.onMessage(this, generation, message);
      sender.flush();
    });
    const didEnd = (code: number | null, signal: string | null): void => {
      if (this.#process !== child) return;
      this.#process = null;
      this.#post = null;
      this.#flush = null;
      this.generation = 0;
      this.isUp = false;
      this.down = {
        sinceMs: this.down?.sinceMs ?? Date.now(),
        ends: (this.down?.ends ?? 0) + 1,
        how: endWords(code, signal),
      };
      this.connections = 0;
      this.problems = [];
      if (Date.now() - startedAtMs >= stableMs) this.#failures = 0;
      handlers.onExit(this, generation, { code, signal });
      if (!this.#isStopping) this.#startLater();
    };
    child.once('exit', didEnd);
    // One that can't be started at all never exits; one that can't be written to will.
    child.on('error', (error) => {
      this.#options.log.warn({ err: error, worker: this.worker }, 'a worker can’t be reached');
      if (child.pid === undefined) didEnd(null, null);
    });
  }

  /** Lost when there is no process: then what it says no longer matters. */
  post(message: ToWorker): void {
    this.#post?.(message);
  }

  /** Gives the worker a connection of which nothing was read. */
  give(socket: Socket): void {
    const child = this.#process;
    if (child === null || !child.connected) {
      socket.destroy();
      return;
    }
    this.connections += 1;
    child.send(connectionMessage, socket, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  flush(): void {
    this.#flush?.();
  }

  /** No other process will follow this one. */
  stop(): void {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  #startLater(): void {
    const pauseMs = backoffMs(this.#failures, pauses);
    this.#failures += 1;
    this.#options.log.warn({ worker: this.worker, pauseMs }, 'the worker is started again');
    this.#restart = setTimeout(() => this.start(), pauseMs);
  }
}
