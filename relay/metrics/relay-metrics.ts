import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import type { AuditLog, QueueCounts } from '../audit/audit-record.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { SinkStatus } from '../sinks/sink-status.ts';
import type { TransmitterState } from '../signals/signal-store.ts';
import type { NoticeState } from '../notify/start-notify.ts';
import { type ApiOutcomes, rememberOutcomes } from '../vitals/api-outcomes.ts';
import { certificateEnds } from './certificate-expiry.ts';
import type { RequestWatcher } from '../watch/request-watch.ts';
import type { TunnelWatch } from '../watch/tunnel-watch.ts';
import { countedAudit } from './counted-audit.ts';
import { sparedLocksMetric } from './lock-metrics.ts';
import { noticeMetrics } from './notice-metrics.ts';
import { type Drained, gaugedDrains } from './drain-metrics.ts';
import { gaugedOpen, type OpenNow } from './open-now.ts';
import { countedSharedState, type DidAsk } from './shared-state-metrics.ts';
import { countedSignIns, type SignInMetrics } from './sign-in-metrics.ts';
import { timedStages } from './stage-times.ts';
import { countedTraces } from './trace-counters.ts';
import { countedTunnels } from './tunnel-counters.ts';

/** With more APIs than that, times of each by buckets would be more than Prometheus should read every few seconds. */
const mostDetailedApis = 100;
import { signalMetrics } from './signal-metrics.ts';
import { sinkMetrics } from './sink-metrics.ts';

/** Values of one process, as others add them up. */
export type MetricValues = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The relay’s metrics of one process. */
export interface RelayMetrics {
  /** The same audit, counted. */
  counted<Log extends AuditLog & QueueCounts>(audit: Log): Log;
  /** Says what is open whenever somebody asks. */
  open(now: () => OpenNow): void;
  /** Says which of the relay and its workers are drained, whenever somebody asks. */
  draining(now: () => Drained): void;
  readonly signIns: SignInMetrics;
  /** Times what requests do. */
  readonly stages: RequestWatcher;
  readonly tunnels: TunnelWatch;
  readonly didAsk: DidAsk;
  /** Counts what became of requests’ traces. */
  readonly traces: (outcome: string, requests: number) => void;
  /** Whether the config in force has an API of this id. */
  readonly isApi: (id: string) => boolean;
  /** Says how far the sinks of the audit are, whenever somebody asks. */
  sinks(now: () => readonly SinkStatus[]): void;
  /** A record went shortened to a sink. */
  didShorten(sink: string): void;
  /** Says how messages to people fare, whenever somebody asks. */
  notices(now: () => readonly NoticeState[]): void;
  /** Says how providers that send events fare, whenever somebody asks. */
  signals(now: () => readonly TransmitterState[]): void;
  /** Counts locks on addresses that this relay’s own config spares, whenever somebody asks. */
  sparedLocks(now: () => number): void;
  /** A config was put in force, or refused. */
  reloaded(loaded: LoadedConfig | null): void;
  /** How requests to the APIs ended last in this process. */
  readonly apis: ApiOutcomes;
  values(): Promise<MetricValues>;
  /** Prometheus’ text format, with the values of other processes added up. */
  text(others?: readonly MetricValues[]): Promise<string>;
  close(): void;
}

/** Values of several processes, added up. */
export async function addedUp(all: readonly MetricValues[]): Promise<MetricValues> {
  return (await AggregatorRegistry.aggregate(all as never).getMetricsAsJSON()) as unknown as MetricValues;
}

/** What stays of processes that have ended: what was counted, not what was open. @returns at most one entry */
export async function countsOf(ended: readonly MetricValues[]): Promise<readonly MetricValues[]> {
  const counted = ended.map((values) => values.filter(({ type }) => String(type) !== 'gauge'));
  if (counted.length < 2) return counted;
  return [await addedUp(counted)];
}

export function createRelayMetrics(loaded: LoadedConfig, version: string): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  tellLatest(registry);
  new Gauge({
    name: 'causeway_build_info',
    help: 'Version of the relay.',
    labelNames: ['version'],
    registers,
    aggregator: 'first',
  })
    .labels(version)
    .set(1);
  const reloads = new Gauge({
    name: 'causeway_config_last_reload_successful',
    help: '1 when the last config that was read is in force.',
    registers,
    aggregator: 'min',
  });
  reloads.set(1);
  const reloadedAt = new Gauge({
    name: 'causeway_config_last_reload_success_timestamp_seconds',
    help: 'When a config was put in force the last time.',
    registers,
    aggregator: 'max',
  });
  reloadedAt.setToCurrentTime();
  let inForce = loaded;
  let apis = apisOf(loaded);
  const outcomes = rememberOutcomes();
  new Gauge({
    name: 'causeway_certificate_not_after_timestamp_seconds',
    help: 'When certificates end, by what they are for.',
    labelNames: ['use'],
    registers,
    aggregator: 'min',
    collect() {
      this.reset();
      for (const { use, notAfterMs } of certificateEnds(inForce)) this.labels(use).set(notAfterMs / 1000);
    },
  });
  const ofSinks = sinkMetrics(registry);
  const open = gaugedOpen(registry);
  const issuers = (): ReadonlySet<string> => new Set(inForce.config.issuers.map(({ issuer }) => issuer));
  const signIns = countedSignIns(registry, (issuer) => issuers().has(issuer));

  const values = async (): Promise<MetricValues> => (await registry.getMetricsAsJSON()) as unknown as MetricValues;
  return {
    counted: (audit) =>
      countedAudit(audit, registry, {
        isApi: (id) => apis.has(id),
        isDetailed: apis.size <= mostDetailedApis,
        didRefuse: (record) => signIns.refused(record),
        didEnd: (api, outcome) => outcomes.didEnd(api, outcome),
      }),
    open,
    draining: gaugedDrains(registry),
    signIns,
    stages: timedStages(registry),
    tunnels: countedTunnels(registry),
    didAsk: countedSharedState(registry),
    notices: noticeMetrics(registry),
    apis: outcomes,
    traces: countedTraces(registry),
    isApi: (id) => apis.has(id),
    signals: signalMetrics(registry),
    sparedLocks: sparedLocksMetric(registry),
    sinks: ofSinks.now,
    didShorten: ofSinks.didShorten,
    reloaded(next) {
      reloads.set(next === null ? 0 : 1);
      if (next === null) return;
      inForce = next;
      apis = apisOf(next);
      reloadedAt.setToCurrentTime();
    },
    values,
    async text(others = []) {
      if (others.length === 0) return registry.metrics();
      const all = [await values(), ...others] as unknown as object[];
      return AggregatorRegistry.aggregate(all as never).metrics();
    },
    close: () => registry.clear(),
  };
}

/** Of several processes the one that is late counts: a mean over all would hide it. */
function tellLatest(registry: Registry): void {
  for (const name of ['', '_mean', '_stddev', '_p50', '_p90', '_p99']) {
    const metric = registry.getSingleMetric(`nodejs_eventloop_lag${name}_seconds`) as
      | { aggregator?: string }
      | undefined;
    if (metric !== undefined) metric.aggregator = 'max';
  }
}

function apisOf({ config }: LoadedConfig): ReadonlySet<string> {
  return new Set(config.apis.map(({ id }) => id));
}
