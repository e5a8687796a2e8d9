import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { watchLoopDelay } from '../vitals/loop-delay.ts';
import { addedUp, countsOf, createRelayMetrics, type MetricValues } from '../metrics/relay-metrics.ts';
import { followWithIndex } from '../audit/reading/follow-with-index.ts';
import { recordEvent } from '../audit/record-event.ts';
import { toldAudit } from '../audit/told-audit.ts';
import {
  anomaliesOf,
  auditReadersOf,
  configsOf,
  sharedAuditOf,
  sharedKeysOf,
  signalsOfRelay,
} from './optional-parts.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { needsRestart } from '../config/needs-restart.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { notifySettingsOf, sinksOf, transmittersOf } from './config-of-parts.ts';
import { createLimiter } from '../quota/create-limiter.ts';
import { quotasOf } from '../quota/quotas-of.ts';
import { startSinks } from '../sinks/start-sinks.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { followAuditKey } from './follow-audit-key.ts';
import { openAuditLog } from './open-audit-log.ts';
import { listeningUrl } from './listening-url.ts';
import type { Relay } from './relay.ts';
import { sinksNow } from './sinks-now.ts';
import { createIdentitySigner } from '../upstream/identity-jwt.ts';
import { type Acceptor, acceptConnections } from '../workers/accept-connections.ts';
import { createAnswers } from '../workers/answer-worker.ts';
import { stateForWorkers } from './state-for-workers.ts';
import { writeForWorkers } from '../workers/write-for-workers.ts';
import { createReloads } from '../workers/reload-workers.ts';
import { TunnelLedger } from '../workers/tunnel-ledger.ts';
import { WorkerSlot } from '../workers/worker-slot.ts';
import type { ToPrimary, ToWorker, WorkerStart } from '../workers/worker-messages.ts';
import { programFile } from '../programs/program-file.ts';

/** A relay of several processes, as `serve` runs it. */
export type WorkerRelay = Pick<
  Relay,
  | 'url'
  | 'audit'
  | 'records'
  | 'metrics'
  | 'debug'
  | 'ready'
  | 'problems'
  | 'vitals'
  | 'quotas'
  | 'refused'
  | 'replaceAuditKey'
  | 'drain'
  | 'sendAway'
  | 'takeBack'
  | 'close'
> & {
  /** Puts another config in force on all workers or on none. Rejects when one of them refuses it. */
  reload(loaded: LoadedConfig): Promise<void>;
};

const stopTimeoutMs = 10_000;
const keysEveryMs = 3_600_000;

/**
 * Starts the primary process: it has what must be single (the audit, counters in memory, what was used once, limits
 * over all tunnels, keys, ends of grants, the config), and `count` workers, which do everything else.
 */
export async function startWorkerRelay(first: LoadedConfig, log: Logger, count: number): Promise<WorkerRelay> {
  const { relay } = first.config;
  let inForce = first;
  let isStopping = false;
  let isEmptied = false;
  const firstPolicy = compilePolicy(first.config);

  const readers = auditReadersOf(first, log);
  const metrics = createRelayMetrics(first, version);
  const loopDelay = watchLoopDelay();
  const startedAtMs = Date.now();
  const opened = await openAuditLog(first, log);
  const followKey = followAuditKey(opened, first, log);
  const { audit: written, news: records } = toldAudit(opened);
  // What the workers write is counted by them.
  const audit = metrics.counted(written);
  const auditIndex = followWithIndex(relay.data, log);
  const keys = await openKeys(first, log).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    await auditIndex.close();
    await audit.close();
    throw error;
  });
  const state = await stateForWorkers(first, audit, () => inForce.config, log).catch(async (error: unknown) => {
    keys.close();
    await auditIndex.close();
    await audit.close();
    throw error;
  });
  const ledger = new TunnelLedger(() => inForce.config.limits);
  const answers = createAnswers(ledger, (tunnel) => {
    const { worker: generation, sessionId, person } = tunnel;
    slots.find((slot) => slot.generation === generation)?.post({ type: 'end-lost', sessionId, person });
  });
  // Workers count here, or in Redis.
  const limiter = await createLimiter(first.config, log, answers.counters);
  const folder = mkdtempSync(join(tmpdir(), 'causeway-relay-'));
  const writing = writeForWorkers(written, () => slots);
  const reloads = createReloads(() => slots);
  const secret = randomBytes(32).toString('base64url');
  const ticketKeys = randomBytes(48).toString('base64url');
  const nonceSecret = randomBytes(32).toString('base64url');
  const started = Promise.withResolvers<void>();
  let generations = 0;
  let debugged: readonly DebugTarget[] = [];
  /** What workers counted that have ended. */
  let ended: readonly MetricValues[] = [];
  let acceptor: Acceptor | undefined;
  let drained = new Set<WorkerSlot>();
  let onProgress: () => void = () => undefined;

  const startOf = (slot: WorkerSlot): WorkerStart => ({
    type: 'start',
    config: inForce,
    worker: slot.worker,
    workers: count,
    generation: slot.generation,
    folder,
    secret,
    nonceSecret,
    ticketKeys,
    debugged,
  });

  const problemsOf = (slot: WorkerSlot): readonly string[] =>
    slot.isUp ? slot.problems : [`Worker ${slot.worker} is starting.`];
  const tellProblems = (): void => {
    for (const slot of slots) {
      const problems = slots.filter((other) => other !== slot).flatMap(problemsOf);
      slot.post({ type: 'others', problems: [...new Set(problems)] });
    }
  };

  const onMessage = (slot: WorkerSlot, generation: number, message: ToPrimary): void => {
    switch (message.type) {
      case 'waiting':
        slot.post(startOf(slot));
        return;
      case 'ask':
        slot.post({ type: 'answer', id: message.id, answer: answers.answer(generation, message.question) });
        return;
      case 'give-back':
        answers.giveBack(message.count);
        return;
      case 'audit':
        writing.take(slot, generation, message.message);
        return;
      case 'up':
        slot.isUp = true;
        if (isEmptied) slot.post({ type: 'send-away', timeoutMs: 0 });
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
      case 'emergency-sign-in':
        for (const other of slots) if (other !== slot) other.post(message);
        return;
      case 'disconnected':
        ledger.disconnect(generation, message.person);
        return;
      case 'lost':
        ledger.lost(message.sessionId, message.atMs);
        return;
      case 'ended':
        ledger.end(message.sessionId);
        return;
      case 'kept':
        ledger.keep(generation, message.person, message.sessionId);
        return;
      case 'reloaded':
        reloads.heard(generation, message.version, message.refused);
        return;
      case 'drained':
        drained.add(slot);
        onProgress();
    }
  };

  const onExit = (
    slot: WorkerSlot,
    generation: number,
    how: { readonly code: number | null; readonly signal: string | null },
  ): void => {
    if (slot.metrics !== null) {
      ended = [...ended, slot.metrics];
      slot.metrics = null;
    }
    slot.vitals = null;
    ledger.forget(generation);
    reloads.ended(generation);
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

  const close = async (): Promise<void> => {
    isStopping = true;
    acceptor?.close();
    for (const slot of slots) slot.stop();
    post({ type: 'close' });
    if (!(await waitFor((slot) => !slot.isRunning, stopTimeoutMs))) {
      log.error('workers don’t stop and are ended by force');
      for (const slot of slots) slot.kill();
      await waitFor((slot) => !slot.isRunning, stopTimeoutMs);
    }
    writing.close();
    await state.close();
    keys.close();
    rmSync(folder, { recursive: true, force: true });
  };

  for (const slot of slots) slot.start();
  try {
    await started.promise;
    acceptor = await acceptConnections(relay.listen, slots, (slot) => ledger.connectionsAt(slot.generation));
  } catch (error) {
    await close();
    await limiter.close();
    await auditIndex.close();
    await audit.close();
    throw error;
  }
  const configs = await configsOf(first, state.stored, audit, log);
  const anomalies = anomaliesOf(first, audit, log);
  configs.record('started', `version ${version}, policy ${firstPolicy.revision}, ${count} workers`, first.source);
  const sinks = startSinks({ dataDir: relay.data, log, sinks: sinksOf(first) });
  metrics.notices(() => state.notify.states);
  const signals = signalsOfRelay(first, state.stored, { audit, log, polls: true });
  metrics.signals(() => signals.states);
  metrics.sinks(() => sinksNow({ ...inForce, storage: first.storage }));
  const sharedAudit = await sharedAuditOf(first, log);
  const sharedKeys = await sharedKeysOf(first, log);
  const accounts =
    first.config.break_glass === undefined
      ? null
      : (await import('../break-glass/keep-accounts.ts')).keepAccounts({
          config: first.config,
          audit,
          log,
          storage: state.stored?.connection ?? null,
        });

  return {
    url: listeningUrl(first, acceptor.address),
    audit,
    records,
    metrics: {
      ...metrics,
      async text() {
        const before = ended;
        const counts = await countsOf(before);
        if (ended === before) ended = counts;
        return metrics.text([...counts, ...slots.flatMap((slot) => (slot.metrics === null ? [] : [slot.metrics]))]);
      },
      async values() {
        const counts = await countsOf(ended);
        const running = slots.flatMap((slot) => (slot.metrics === null ? [] : [slot.metrics]));
        return addedUp([await metrics.values(), ...counts, ...running]);
      },
    },
    ready: () => slots.every((slot) => slot.isUp && slot.problems.length === 0),
    problems: () => [...new Set(slots.flatMap(problemsOf))],
    quotas: (caller) => quotasOf(limiter, inForce.config, caller, Date.now()),
    vitals: () => [
      {
        worker: null,
        pid: process.pid,
        startedAtMs,
        atMs: Date.now(),
        tunnels: 0,
        streams: 0,
        memoryBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: loopDelay.now(),
        draining: isStopping || isEmptied,
        providers: [],
        apis: {},
        sharedProblem: null,
      },
      ...slots.flatMap(({ vitals }) => vitals ?? []),
    ],
    async reload(next) {
      const policy = compilePolicy(next.config);
      const restart = needsRestart(inForce, next);
      if (restart.length > 0) log.warn({ keys: restart }, 'these changes take effect with the next start');
      const before = inForce;
      inForce = next;
      const refused = await reloads.reload(next);
      if (refused !== null) {
        inForce = before;
        await reloads.reload(before);
        throw new AccessError('bad-config', refused);
      }
      limiter.replace(next.config);
      metrics.reloaded(next);
      anomalies.replace(next.config.anomalies);
      followKey(next);
      configs.record('policy-loaded', `policy ${policy.revision}`, next.source);
      sinks.replace(sinksOf({ ...next, storage: first.storage }));
      state.notify.replace(notifySettingsOf(next));
      signals.replace(transmittersOf(next));
      state.configChanged();
    },
    replaceAuditKey: (...asked) => opened.replaceKey(...asked),
    debug(targets) {
      debugged = targets;
      post({ type: 'debug', targets });
    },
    refused: (reason, source) => configs.record('policy-refused', reason.message, source),
    async drain(timeoutMs) {
      isStopping = true;
      acceptor?.close();
      drained = new Set();
      for (const slot of slots) slot.stop();
      post({ type: 'drain', timeoutMs });
      await waitFor((slot) => !slot.isRunning || drained.has(slot), timeoutMs + stopTimeoutMs);
    },
    sendAway(timeoutMs) {
      isEmptied = true;
      post({ type: 'send-away', timeoutMs });
    },
    takeBack() {
      isEmptied = false;
      post({ type: 'take-back' });
    },
    async close() {
      await signals.close();
      await anomalies.close();
      configs.close();
      accounts?.close();
      await close();
      recordEvent(audit, log, 'stopped', '');
      await auditIndex.close();
      await audit.close();
      readers?.close();
      await sinks.close();
      await sharedAudit?.close();
      await sharedKeys?.close();
      metrics.close();
      await limiter.close();
      loopDelay.close();
    },
  };
}

function forkWorker(): ChildProcess {
  return fork(fileURLToPath(programFile('worker-process')), [], { serialization: 'advanced' });
}

/**
 * Makes the relay's keys before the workers read them, and the next ones when it is time.
 * @throws AccessError `bad-config` when a file can't be used
 */
async function openKeys({ config, saml }: LoadedConfig, log: Logger): Promise<{ close(): void }> {
  const { data: dataDir, url: relayUrl, name: relayName } = config.relay;
  const signer = createIdentitySigner({ dataDir, relayUrl, relayName });
  // Relays that share Redis keep those of the bridge there.
  const isBridge = saml !== undefined && redisSettings(config) === undefined;
  const bridge = isBridge ? (await import('../saml/bridge-keys.ts')).openBridgeKeys(dataDir, Date.now) : null;
  const timer = setInterval(() => {
    try {
      signer.jwks();
      void bridge?.rotate();
    } catch (error) {
      log.error({ err: error }, 'the relay’s keys can’t be renewed');
    }
  }, keysEveryMs).unref();
  return {
    close() {
      clearInterval(timer);
      signer.close();
    },
  };
}
