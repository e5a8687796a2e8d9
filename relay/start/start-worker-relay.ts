import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { watchLoopDelay } from '../vitals/loop-delay.ts';
import { addedUp, createRelayMetrics } from '../metrics/relay-metrics.ts';
import { recordEvent } from '../audit/record-event.ts';
import { toldAudit } from '../audit/told-audit.ts';
import { openKeptAudit } from './kept-audit.ts';
import { signalsOfRelay } from './optional-parts.ts';
import { orCloseAll } from './or-close-all.ts';
import { putInForce } from '../config/put-in-force.ts';
import { startSingleParts } from './single-parts.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { keepWhetherSealed } from '../config/keep-whether-sealed.ts';
import { keepUntilRestart } from '../config/keep-until-restart.ts';
import { needsRestart } from '../config/needs-restart.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { notifySettingsOf, transmittersOf } from './config-of-parts.ts';
import { createLimiter } from '../quota/create-limiter.ts';
import { quotasOf } from '../quota/quotas-of.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { listeningUrl } from './listening-url.ts';
import type { Relay } from './relay.ts';
import type { DownWorker } from '../vitals/down-worker.ts';
import { createIdentitySigner } from '../upstream/identity-jwt.ts';
import { countOwn } from '../audit/count-own.ts';
import { createThreadsBeside } from '../programs/threads-beside.ts';
import { acceptConnections } from '../workers/accept-connections.ts';
import { createAnswers } from '../workers/answer-worker.ts';
import { stateForWorkers } from './state-for-workers.ts';
import { writeForWorkers } from '../workers/write-for-workers.ts';
import { createReloads } from '../workers/reload-workers.ts';
import { TunnelLedger } from '../workers/tunnel-ledger.ts';
import { createWorkerFleet, type WorkerAsks } from '../workers/worker-fleet.ts';
import type { WorkerStart } from '../workers/worker-messages.ts';
import type { WorkerSlot } from '../workers/worker-slot.ts';

/** A relay of several processes, as `serve` runs it. */
export type WorkerRelay = Pick<
  Relay,
  | 'url'
  | 'audit'
  | 'records'
  | 'metrics'
  | 'debug'
  | 'tellEmergency'
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
  /** Their numbers, also of those that don’t run at the moment. */
  readonly workers: readonly number[];
  /** Those that nobody is served by at the moment. */
  downWorkers(): readonly DownWorker[];
  /** Has the people of one worker go to the others. */
  sendWorkerAway(worker: number, timeoutMs: number): void;
  takeWorkerBack(worker: number): void;
  /** Puts another config in force on all workers or on none. Rejects when one of them refuses it. */
  reload(loaded: LoadedConfig): Promise<void>;
};

const keysEveryMs = 3_600_000;

/**
 * Starts the primary process: it has what must be single (the audit, counters in memory, what was used once, limits
 * over all tunnels, keys, ends of grants, the config), and `count` workers, which do everything else.
 */
export function startWorkerRelay(first: LoadedConfig, log: Logger, count: number): Promise<WorkerRelay> {
  return orCloseAll((didOpen) => startParts(first, log, count, didOpen));
}

async function startParts(
  first: LoadedConfig,
  log: Logger,
  count: number,
  didOpen: (close: () => unknown) => void,
): Promise<WorkerRelay> {
  const { relay } = first.config;
  let inForce = first;
  const firstPolicy = compilePolicy(first.config);

  const metrics = createRelayMetrics(first, version);
  const loopDelay = watchLoopDelay();
  const startedAtMs = Date.now();
  // What follows the audit is done beside the process that writes it: all workers wait for that one.
  const beside = createThreadsBeside();
  didOpen(() => beside.close());
  const kept = await openKeptAudit(first, log, beside.start);
  didOpen(() => kept.close());
  const { audit: written, news: records } = toldAudit(kept.written);
  // What the workers write is counted by them.
  const audit = metrics.counted(countOwn(written));
  const keys = await openKeys(first, log);
  didOpen(() => keys.close());
  const state = await stateForWorkers(first, audit, () => inForce.config, log);
  didOpen(() => state.close());
  const ledger = new TunnelLedger(() => inForce.config.limits);
  const answers = createAnswers(ledger, (tunnel) => {
    const { worker: generation, sessionId, person } = tunnel;
    fleet.slots.find((slot) => slot.generation === generation)?.post({ type: 'end-lost', sessionId, person });
  });
  // Workers count here, or in Redis.
  const limiter = await createLimiter(first.config, log, answers.counters);
  didOpen(() => limiter.close());
  const folder = mkdtempSync(join(tmpdir(), 'causeway-relay-'));
  const writing = writeForWorkers(written, () => fleet.slots);
  const reloads = createReloads(() => fleet.slots);
  const secret = randomBytes(32).toString('base64url');
  const ticketKeys = randomBytes(48).toString('base64url');
  const nonceSecret = randomBytes(32).toString('base64url');
  let debugged: readonly DebugTarget[] = [];

  const startOf = (slot: WorkerSlot): WorkerStart => ({
    type: 'start',
    config: keepUntilRestart(first, inForce),
    worker: slot.worker,
    workers: count,
    generation: slot.generation,
    folder,
    secret,
    nonceSecret,
    ticketKeys,
    debugged,
  });

  const onAsked = (slot: WorkerSlot, generation: number, message: WorkerAsks): void => {
    switch (message.type) {
      case 'ask':
        slot.post({ type: 'answer', id: message.id, answer: answers.answer(generation, message.question) });
        return;
      case 'give-back':
        answers.giveBack(message.count, message.requests);
        return;
      case 'audit':
        writing.take(slot, generation, message.message);
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
    }
  };
  const fleet = createWorkerFleet({
    count,
    log,
    startOf,
    onAsked,
    onGone(generation) {
      ledger.forget(generation);
      reloads.ended(generation);
    },
  });
  const stopWorkers = async (): Promise<void> => {
    await fleet.stop();
    writing.close();
    rmSync(folder, { recursive: true, force: true });
  };

  didOpen(stopWorkers);
  await fleet.start();
  const acceptor = await acceptConnections(relay.listen, fleet.slots, (slot) => ledger.connectionsAt(slot.generation));
  didOpen(() => acceptor.close());
  metrics.draining(() => [
    ['relay', fleet.isDraining],
    ...fleet.slots.map(({ worker, isAway }): [string, boolean] => [`worker ${worker}`, isAway]),
  ]);
  const signals = signalsOfRelay(first, state.stored, { audit, log, polls: true });
  const single = await startSingleParts(first, {
    stored: state.stored,
    notify: state.notify,
    signals,
    audit,
    metrics,
    log,
    loaded: () => inForce,
    startThread: beside.start,
    started: `version ${version}, policy ${firstPolicy.revision}, ${count} workers`,
  });
  const accounts =
    first.config.break_glass === undefined
      ? null
      : (await import('../break-glass/keep-accounts.ts')).keepAccounts({
          config: first.config,
          secret: () => inForce.config.shared_state,
          audit,
          log,
          storage: state.stored?.connection ?? null,
        });

  /** What of the primary process has the config, too. */
  const parts: readonly ((config: LoadedConfig) => void)[] = [
    (config) => limiter.replace(config.config),
    (config) => state.notify.replace(notifySettingsOf(config)),
    (config) => signals.replace(transmittersOf(config)),
    (config) => single.replace(config),
    () => state.configChanged(),
  ];

  return {
    url: listeningUrl(first, acceptor.address),
    audit,
    records,
    metrics: {
      ...metrics,
      text: async () => metrics.text(await fleet.counted()),
      values: async () => addedUp([await metrics.values(), ...(await fleet.counted())]),
    },
    ready: fleet.ready,
    problems: fleet.problems,
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
        draining: fleet.isDraining,
        providers: [],
        apis: {},
        sharedProblem: null,
      },
      ...fleet.slots.flatMap(({ vitals, isAway }) =>
        // Sooner than the worker says so itself.
        vitals === null ? [] : { ...vitals, draining: fleet.isDraining || isAway },
      ),
    ],
    async reload(next) {
      const policy = compilePolicy(next.config);
      const before = inForce;
      const restart = needsRestart(before, next);
      inForce = keepWhetherSealed(before, next);
      try {
        const refused = await reloads.reload(inForce);
        if (refused !== null) throw new AccessError('bad-config', refused);
        // What asks for the config while it is put in force, or taken back, gets that one.
        putInForce([(config) => (inForce = config), ...parts], { before, next: inForce, log });
      } catch (error) {
        inForce = before;
        await reloads.reload(before);
        throw error;
      }
      if (restart.length > 0) log.warn({ keys: restart }, 'these changes take effect with the next start');
      metrics.reloaded(next);
      kept.followKey(next);
      single.didReload(next, policy.revision);
    },
    replaceAuditKey: (...asked) => kept.written.replaceKey(...asked),
    debug(targets) {
      debugged = targets;
      fleet.post({ type: 'debug', targets });
    },
    // One of them tells other relays, and the workers beside it here.
    tellEmergency: (emergency) => fleet.slots.find(({ isUp }) => isUp)?.post({ type: 'tell-emergency', emergency }),
    refused: single.refused,
    async drain(timeoutMs) {
      acceptor.close();
      await fleet.drain(timeoutMs);
    },
    workers: fleet.slots.map(({ worker }) => worker),
    downWorkers: fleet.down,
    sendAway: fleet.sendAway,
    takeBack: fleet.takeBack,
    sendWorkerAway: fleet.sendWorkerAway,
    takeWorkerBack: fleet.takeWorkerBack,
    async close() {
      await signals.close();
      await single.endRecords();
      accounts?.close();
      acceptor.close();
      await stopWorkers();
      await state.close();
      keys.close();
      recordEvent(audit, log, 'stopped', '');
      await kept.close();
      await single.close();
      await beside.close();
      metrics.close();
      await limiter.close();
      loopDelay.close();
    },
  };
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
