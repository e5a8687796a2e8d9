import { sparedByConfig } from '../administration/spared-locks.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { isRelayDrained } from '../vitals/process-vitals.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import type { AdministeredRelay } from './admin-parts.ts';

const revisions = new WeakMap<Config, string>();

/** Revision of the policy of a config; compiled once for each. */
export function policyRevisionOf(config: Config): string {
  const known = revisions.get(config) ?? compilePolicy(config).revision;
  revisions.set(config, known);
  return known;
}

/** How this relay is now, as operators see it and other relays are told. */
export function stateOfRelay(of: {
  readonly relay: AdministeredRelay;
  readonly audit: Pick<AuditLog, 'healthy'>;
  readonly loaded: LoadedConfig;
  /** By which relays that share something know it; null for one that stands alone. */
  readonly id: string | null;
  readonly takesTimedOrders: boolean;
  readonly sealsOrders: boolean;
  readonly startedAtMs: number;
  readonly loadedAtMs: number;
}): RelayState {
  const { relay, audit, loaded, id, takesTimedOrders, sealsOrders, startedAtMs, loadedAtMs } = of;
  const { relay: settings } = loaded.config;
  const processes = relay.vitals();
  const sum = (value: (process: (typeof processes)[number]) => number): number =>
    processes.reduce((total, process) => total + value(process), 0);
  return {
    id: id ?? settings.id ?? settings.name,
    name: settings.name,
    url: settings.url,
    version: relay.version,
    startedAtMs,
    atMs: Date.now(),
    ready: relay.ready(),
    problems: [...relay.problems()],
    auditHealthy: audit.healthy,
    draining: isRelayDrained(processes),
    takesTimedOrders,
    sealsOrders,
    policyRevision: policyRevisionOf(loaded.config),
    config: { loadedAtMs, refused: relay.reloadRefused() },
    tunnels: sum(({ tunnels }) => tunnels),
    streams: sum(({ streams }) => streams),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    sparedAddresses: sparedByConfig(loaded.config),
    workers: [...relay.workers],
    downWorkers: [...relay.downWorkers()],
    processes: processes.map(
      ({ providers: _providers, apis: _apis, sharedProblem: _sharedProblem, ...process }) => process,
    ),
  };
}
