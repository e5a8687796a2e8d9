import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { countsOf, type MetricValues } from '../metrics/relay-metrics.ts';
import { programFile } from '../programs/program-file.ts';
import { type DownWorker, downWords } from '../vitals/down-worker.ts';
import type { ToPrimary, ToWorker, WorkerStart } from './worker-messages.ts';
import { type SlotHandlers, WorkerSlot } from './worker-slot.ts';

/** What workers ask of what they share; the fleet itself hears the rest. */
export type WorkerAsks = Extract<
  ToPrimary,
  { readonly type: 'ask' | 'give-back' | 'audit' | 'disconnected' | 'lost' | 'ended' | 'kept' | 'reloaded' }
>;

export interface WorkerFleetOptions {
  readonly count: number;
  readonly log: Logger;
  /** What a worker that has loaded is told. */
  readonly startOf: (slot: WorkerSlot) => WorkerStart;
  readonly onAsked: (slot: WorkerSlot, generation: number, message: WorkerAsks) => void;
  /** A worker’s process has ended, whatever for. */
  readonly onGone: (generation: number) => void;
}

/** The worker processes of a relay: one that ends gets a successor. */
export interface WorkerFleet {
  readonly slots: readonly WorkerSlot[];
  /** Rejects with AccessError when one of them can’t start. */
  readonly start: () => Promise<void>;
  readonly post: (message: ToWorker) => void;
  readonly ready: () => boolean;
  /** What keeps them from being ready, in words. */
  readonly problems: () => readonly string[];
  /** Workers that nobody is served by at the moment. */
  readonly down: () => readonly DownWorker[];
  /** What they have counted, with what those counted that have ended. */
  readonly counted: () => Promise<readonly MetricValues[]>;
  /** Whether they take no new tunnels, as they were told. */
  readonly isDraining: boolean;
  readonly sendAway: (timeoutMs: number) => void;
  /** Takes all back, those that were drained alone, too. */
  readonly takeBack: () => void;
  /** Has one worker’s people go to the others. */
  readonly sendWorkerAway: (worker: number, timeoutMs: number) => void;
  readonly takeWorkerBack: (worker: number) => void;
  /** Lets them finish what is under way. */
  readonly drain: (timeoutMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const stopTimeoutMs = 10_000;

/** Creates the workers’ places; there are processes in them from `start` on. */
export function createWorkerFleet({ count, log, startOf, onAsked, onGone }: WorkerFleetOptions): WorkerFleet {
  const started = Promise.withResolvers<void>();
  let generations = 0;
  let isStopping = false;
  let isEmptied = false;
  /** What workers counted that have ended. */
  let ended: readonly MetricValues[] = [];
  let drained = new Set<WorkerSlot>();
  let onProgress: () => void = () => undefined;

  const problemsOf = ({ worker, isUp, problems, down }: WorkerSlot): readonly string[] => {
    if (isUp) return problems;
    return [down === null ? `Worker ${worker} is starting.` : downWords({ worker, ...down })];
  };
  const tellProblems = (): void => {
    for (const slot of slots) {
      const problems = slots.filter((other) => other !== slot).flatMap(problemsOf);
      slot.post({ type: 'others', problems: [...new Set(problems)] });
    }
  };

  const onMessage: SlotHandlers['onMessage'] = (slot, generation, message) => {
    switch (message.type) {
      case 'waiting':
        slot.post(startOf(slot));
        return;
      case 'up':
        slot.didComeUp();
        if (isEmptied || slot.isAway) slot.post({ type: 'send-away', timeoutMs: 0, isAlone: !isEmptied });
        log.info({ worker: slot.worker, pid: slot.pid }, 'worker started');
        tellProblems();
        if (slots.every((each) => each.isUp)) started.resolve();
        return;
      case 'failed':
        log.error({ worker: slot.worker, reason: message.message }, 'a worker can’t start');
        started.reject(new AccessError(message.code as ErrorCode, message.message));
        slot.kill();
        return;
      case 'connection-closed':
        slot.connections -= 1;
        return;
      case 'metrics':
        slot.metrics = message.values;
        return;
      case 'vitals':
        slot.vitals = message.vitals;
        return;
      case 'problems':
        slot.problems = message.problems;
        tellProblems();
        return;
      case 'keys-changed':
      case 'session-opened':
      case 'emergency':
        for (const other of slots) if (other !== slot) other.post(message);
        return;
      case 'drained':
        drained.add(slot);
        onProgress();
        return;
      case 'ask':
      case 'give-back':
      case 'audit':
      case 'disconnected':
      case 'lost':
      case 'ended':
      case 'kept':
      case 'reloaded':
        onAsked(slot, generation, message);
    }
  };

  const onExit: SlotHandlers['onExit'] = (slot, generation, how) => {
    if (slot.metrics !== null) {
      ended = [...ended, slot.metrics];
      slot.metrics = null;
    }
    slot.vitals = null;
    onGone(generation);
    onProgress();
    if (isStopping) return;
    log.error({ worker: slot.worker, ...how }, 'a worker has ended; its clients come back to the others');
    started.reject(new AccessError('internal', `Worker ${slot.worker} ended before it could start.`));
    tellProblems();
  };

  const slots: readonly WorkerSlot[] = Array.from({ length: count }, (_, index) => {
    const nextGeneration = (): number => ++generations;
    const handlers = { onMessage, onExit };
    return new WorkerSlot({ worker: index + 1, fork: forkWorker, nextGeneration, log, handlers });
  });
  const slotOf = (worker: number): WorkerSlot => {
    const slot = slots.find((each) => each.worker === worker);
    if (slot === undefined) throw new Error(`There is no worker ${worker}.`);
    return slot;
  };
  const post = (message: ToWorker): void => {
    for (const slot of slots) slot.post(message);
  };
  /** Waits until every slot fits; false when the time is over. */
  const waitFor = (fits: (slot: WorkerSlot) => boolean, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      onProgress = () => {
        if (!slots.every(fits)) return;
        clearTimeout(timer);
        resolve(true);
      };
      onProgress();
    });

  return {
    slots,
    async start() {
      for (const slot of slots) slot.start();
      await started.promise;
    },
    post,
    ready: () => slots.every((slot) => slot.isUp && slot.problems.length === 0),
    problems: () => [...new Set(slots.flatMap(problemsOf))],
    down: () =>
      slots.flatMap(({ worker, down, isAway }) =>
        down === null ? [] : { worker, ...down, draining: isEmptied || isAway },
      ),
    async counted() {
      const before = ended;
      const counts = await countsOf(before);
      if (ended === before) ended = counts;
      return [...counts, ...slots.flatMap((slot) => (slot.metrics === null ? [] : [slot.metrics]))];
    },
    get isDraining() {
      return isStopping || isEmptied;
    },
    sendAway(timeoutMs) {
      isEmptied = true;
      post({ type: 'send-away', timeoutMs, isAlone: false });
    },
    takeBack() {
      isEmptied = false;
      for (const slot of slots) slot.isAway = false;
      post({ type: 'take-back' });
    },
    sendWorkerAway(worker, timeoutMs) {
      const slot = slotOf(worker);
      slot.isAway = true;
      slot.post({ type: 'send-away', timeoutMs, isAlone: true });
    },
    takeWorkerBack(worker) {
      const slot = slotOf(worker);
      slot.isAway = false;
      slot.post({ type: 'take-back' });
    },
    async drain(timeoutMs) {
      isStopping = true;
      drained = new Set();
      for (const slot of slots) slot.stop();
      post({ type: 'drain', timeoutMs });
      await waitFor((slot) => !slot.isRunning || drained.has(slot), timeoutMs + stopTimeoutMs);
    },
    async stop() {
      isStopping = true;
      for (const slot of slots) slot.stop();
      post({ type: 'close' });
      if (await waitFor((slot) => !slot.isRunning, stopTimeoutMs)) return;
      log.error('workers don’t stop and are ended by force');
      for (const slot of slots) slot.kill();
      await waitFor((slot) => !slot.isRunning, stopTimeoutMs);
    },
  };
}

function forkWorker(): ChildProcess {
  return fork(fileURLToPath(programFile('worker-process')), [], { serialization: 'advanced' });
}
