import { askedForAuditKey } from '../administration/audit-key-act.ts';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { openConsole } from '../admin/console/open-console.ts';
import { type AdminOptions, startAdmin } from '../admin/start-admin.ts';
import { worseCertificate } from '../config/certificate-faults.ts';
import { keepUntilRestart } from '../config/keep-until-restart.ts';
import { keepWhetherSealed } from '../config/keep-whether-sealed.ts';
import type { ConfigSource } from '../config/config-source.ts';
import { exampleNames } from '../config/example-names.ts';
import type { RelayConfig } from '../config/config-schema.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { formatProblem } from '../config/config-problem.ts';
import { watchConfig } from '../config/watch-config.ts';
import { listenProblem } from '../http/listen-problem.ts';
import { refuseMovedFolder, unmovedIn } from '../move/move-storage.ts';
import { findServiceManager } from '../service/service-manager.ts';
import { issuersOf } from './config-of-parts.ts';
import type { SecretNow } from '../shared-state/shared-secret.ts';
import { breakGlassFetchOf } from './optional-parts.ts';
import { operatorStandingOf } from './operator-standing-of.ts';
import type { Relay } from './relay.ts';
import { sharedPlaceOf } from './shared-place.ts';
import type { WorkerRelay } from './start-worker-relay.ts';

/**
 * Runs the relay until SIGTERM or SIGINT, reloading its config on change and on SIGHUP. SIGINT doesn't drain, and ends
 * a drain under way.
 * @returns exit code 0 after an orderly stop
 * @throws AccessError `bad-config` when the config, or the data folder without a storage, can't be used at start,
 * `port-taken`
 */
export async function serve(configPath: string, createLog: (level: string) => Logger): Promise<number> {
  const loaded = await loadConfig(configPath);
  refuseExample(loaded);
  if (loaded.storage === undefined) refuseMovedFolder(loaded.config.relay.data);
  const log = createLog(loaded.config.log.level);
  warnOf(loaded, log);
  const manager = await findServiceManager(process.env, log);
  const status = `Serves ${loaded.config.relay.url}`;
  const unmoved = loaded.storage === undefined ? [] : unmovedIn(loaded.config.relay.data);
  if (unmoved.length > 0)
    log.warn(
      { files: unmoved },
      'what the data folder keeps doesn’t count beside a storage; “relay storage move” takes it there',
    );
  const relay = await start(loaded, log).catch((error: unknown) => {
    throw listenProblem(error, { ...loaded.config.relay.listen, key: 'relay.listen' }) ?? error;
  });
  let current = loaded;
  /** As the file has it that is in force, also what waits for the next start. */
  let asked = loaded;
  let reloadRefused: { readonly atMs: number; readonly reason: string } | null = null;
  const didRefuse = (reason: Error, source: ConfigSource | undefined): void => {
    reloadRefused = { atMs: Date.now(), reason: reason.message };
    relay.metrics.reloaded(null);
    manager.ready(`${status}; the newest config was refused`);
    relay.refused(reason, source);
  };
  const reload = async (next: LoadedConfig): Promise<void> => {
    const before = current;
    refuseWorseCertificates(before, next);
    await relay.reload(next);
    try {
      // What the operators’ port asks of the relay is asked of the config in force.
      current = keepUntilRestart(loaded, keepWhetherSealed(before, next));
      admin.reload(current);
      asked = next;
    } catch (error) {
      current = before;
      await relay.reload(before);
      throw error;
    }
  };
  const putAfter = async (earlier: Promise<unknown>, next: LoadedConfig): Promise<Error | null> => {
    await earlier;
    try {
      await reload(next);
      reloadRefused = null;
      warnOf(next, log);
      log.info('config reloaded');
      manager.ready(status);
      return null;
    } catch (error) {
      log.error({ err: error }, 'config refused, the old one stays in force');
      const reason = error instanceof Error ? error : new Error(String(error));
      didRefuse(reason, next.source);
      return reason;
    }
  };
  let latest: Promise<unknown> = Promise.resolve();
  /** One after the other: one that is refused goes back to the one in force before it. */
  const put = (next: LoadedConfig): Promise<Error | null> => {
    const done = putAfter(latest, next);
    latest = done;
    return done;
  };
  const startOperators = async () => {
    const secretNow: SecretNow = () => current.config.shared_state;
    const standing = await operatorStandingOf(loaded, secretNow, relay.audit, log);
    const fetch = await breakGlassFetchOf(loaded, secretNow);
    return startAdmin({
      ...operatorsSee,
      loaded,
      orderSecret: () => asked.config.shared_state,
      audit: relay.audit,
      records: relay.records,
      openConsole,
      log,
      standing,
      fetch,
    }).catch(async (error: unknown) => {
      await standing?.close();
      throw error;
    });
  };
  const operatorsSee: Pick<AdminOptions, 'issuersOf' | 'countsOf' | 'metrics' | 'metricValues' | 'relay'> = {
    issuersOf,
    countsOf: (of) => ({ dataDir: of.config.relay.data, shared: sharedPlaceOf(of) }),
    metrics: () => relay.metrics.text(),
    metricValues: () => relay.metrics.values(),
    relay: {
      version,
      url: loaded.config.relay.url,
      ready: () => relay.ready(),
      problems: () => relay.problems(),
      vitals: () => relay.vitals(),
      quotas: (caller) => relay.quotas(caller),
      workers: 'workers' in relay ? relay.workers : [],
      downWorkers: () => ('downWorkers' in relay ? relay.downWorkers() : []),
      reloadRefused: () => reloadRefused,
      sendAway(worker) {
        const timeoutMs = current.config.relay.drain_seconds * 1000;
        if (worker === null) relay.sendAway(timeoutMs);
        else if ('sendWorkerAway' in relay) relay.sendWorkerAway(worker, timeoutMs);
      },
      takeBack(worker) {
        if (worker === null) relay.takeBack();
        else if ('takeWorkerBack' in relay) relay.takeWorkerBack(worker);
      },
      tellEmergency: (emergency) => relay.tellEmergency(emergency),
      debug: (targets) => relay.debug(targets),
      replaceAuditKey: (act) => relay.replaceAuditKey(askedForAuditKey, undefined, act),
      async reload() {
        const refused = await put(await loadConfig(configPath));
        if (refused !== null) throw new AccessError('bad-config', refused.message, { cause: refused });
      },
    },
  };
  const admin = await startOperators().catch(async (error: unknown) => {
    await relay.close();
    throw error;
  });
  const watch = watchConfig({
    path: configPath,
    current: loaded,
    onLoaded(next) {
      // Here, so that it is tried again: a certificate may only have to begin.
      refuseWorseCertificates(current, next);
      void put(next);
    },
    onRefused(error, source) {
      log.error({ reason: error.message }, 'config refused, the old one stays in force');
      didRefuse(error, source);
    },
    trigger: (reload) => {
      const onHangUp = (): void => {
        manager.reloading();
        reload();
      };
      process.on('SIGHUP', onHangUp);
      return () => process.off('SIGHUP', onHangUp);
    },
  });
  log.info({ url: relay.url, publicUrl: loaded.config.relay.url }, 'relay listening');
  manager.ready(status);
  const readiness = setInterval(() => {
    if (!relay.ready()) return;
    clearInterval(readiness);
    log.info({ url: relay.url }, 'relay ready');
  }, 50);

  // Whoever signals a whole group of processes signals this one twice: a second SIGTERM says nothing new.
  const interrupted = new Promise<'SIGINT'>((resolve) => process.on('SIGINT', resolve));
  const terminated = new Promise<'SIGTERM'>((resolve) => process.on('SIGTERM', resolve));
  const signal = await Promise.race([interrupted, terminated]);
  clearInterval(readiness);
  watch.close();
  log.info({ signal, drainSeconds: current.config.relay.drain_seconds }, 'relay draining');
  manager.stopping(current.config.relay.drain_seconds * 1000);
  const drained = relay.drain(signal === 'SIGINT' ? 0 : current.config.relay.drain_seconds * 1000);
  await (signal === 'SIGINT' ? drained : Promise.race([drained, interrupted]));
  await admin.close();
  await relay.close();
  manager.close();
  log.info('relay stopped');
  return 0;
}

function warnOf({ warnings = [] }: LoadedConfig, log: Logger): void {
  for (const warning of warnings) log.warn(`the config can be used, but ${formatProblem(warning)}`);
}

/** @throws AccessError `bad-config` for the example that a package installs, until its addresses are filled in */
function refuseExample(loaded: LoadedConfig): void {
  const [first] = exampleNames(loaded);
  if (first === undefined) return;
  throw new AccessError('bad-config', `${loaded.path}: ${first.place.join('.')} ${first.message}`);
}

/** A certificate that clients take stays in force rather than one that they refuse. @throws AccessError `bad-config` */
function refuseWorseCertificates(current: LoadedConfig, next: LoadedConfig): void {
  const worse = worseCertificate(current, next, Date.now());
  if (worse !== null) throw new AccessError('bad-config', `${worse.place.join('.')}: ${worse.message}`);
}

/** With `auto`, one processor is left to the primary process; where that leaves one, a single process does it all. */
function workerCount(workers: RelayConfig['workers']): number {
  return workers === 'auto' ? Math.max(1, availableParallelism() - 1) : workers;
}

/** Loads only what this process is going to be. */
async function start(loaded: LoadedConfig, log: Logger): Promise<Relay | WorkerRelay> {
  const workers = workerCount(loaded.config.relay.workers);
  if (workers === 1) return (await import('./start-relay.ts')).startRelay(loaded, log);
  return (await import('./start-worker-relay.ts')).startWorkerRelay(loaded, log, workers);
}
