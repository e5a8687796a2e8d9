import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { RelayMetrics } from '../metrics/relay-metrics.ts';
import type { Notify } from '../notify/start-notify.ts';
import type { Signals } from '../signals/receive/start-signals.ts';
import { startSinks } from '../sinks/start-sinks.ts';
import { sinksOf } from './config-of-parts.ts';
import type { StoredState } from './open-storage.ts';
import type { StartThread } from '../programs/start-thread.ts';
import { anomaliesOf, configsOf, sharedAuditOf, sharedKeysOf } from './optional-parts.ts';
import type { Relay } from './relay.ts';
import { sinksNow } from './sinks-now.ts';

/** What one process of a relay does, however many there are. */
export interface SingleParts {
  /** Puts another config in force; it may be taken back. */
  replace(next: LoadedConfig): void;
  /** Another config is in force everywhere, with this revision of the policy. */
  didReload(next: LoadedConfig, revision: string): void;
  readonly refused: Relay['refused'];
  /** Records nothing more; before the audit is closed. */
  endRecords(): Promise<void>;
  /** Once the audit is closed: sends what is left of it, for a while. */
  close(): Promise<void>;
}

interface SinglePartsOptions {
  readonly stored: StoredState | null;
  readonly notify: Pick<Notify, 'states'>;
  readonly signals: Pick<Signals, 'states'>;
  readonly audit: AuditLog;
  readonly metrics: Pick<RelayMetrics, 'didShorten' | 'notices' | 'signals' | 'sinks'>;
  readonly log: Logger;
  /** The config in force. */
  readonly loaded: () => LoadedConfig;
  /** What is recorded of the start. */
  readonly started: string;
  /** Where what follows the audit runs; default in this process. */
  readonly startThread?: StartThread;
}

/** Records configs, looks for what is out of the ordinary, and passes the audit on. */
export async function startSingleParts(first: LoadedConfig, options: SinglePartsOptions): Promise<SingleParts> {
  const { stored, notify, signals, audit, metrics, log, loaded, started, startThread: start } = options;
  const configs = await configsOf(first, stored, audit, log);
  const anomalies = anomaliesOf(first, audit, log, start);
  configs.record('started', started, first.source);
  const sinks = startSinks({
    dataDir: first.config.relay.data,
    log,
    sinks: sinksOf(first),
    onShortened: (sink) => metrics.didShorten(sink),
    ...(start === undefined ? {} : { start }),
  });
  metrics.notices(() => notify.states);
  metrics.signals(() => signals.states);
  metrics.sinks(() => sinksNow({ ...loaded(), storage: first.storage }));
  const sharedAudit = await sharedAuditOf(first, log, start);
  const sharedKeys = await sharedKeysOf(first, log);
  return {
    replace(next) {
      sinks.replace(sinksOf({ ...next, storage: first.storage }));
      anomalies.replace(next.config);
    },
    didReload: (next, revision) => configs.record('policy-loaded', `policy ${revision}`, next.source),
    refused: (reason, source) => configs.record('policy-refused', reason.message, source),
    async endRecords() {
      await anomalies.close();
      configs.close();
    },
    async close() {
      await sinks.close();
      await sharedAudit?.close();
      await sharedKeys?.close();
    },
  };
}
