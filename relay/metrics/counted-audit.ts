import { Counter, Gauge, type Registry } from 'prom-client';
import type { AuditLog, AuditRecord, QueueCounts } from '../audit/audit-record.ts';
import { type Gathered, gatheredCounter } from './gathered-counter.ts';
import { GatheredHistogram, type Timer } from './gathered-histogram.ts';
import { requestTimes } from './request-times.ts';

const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
/** Every so many records the time until it is durable is measured. */
const measuredEvery = 16;

export interface CountedAuditOptions {
  /** Whether the config in force has an API of this id. */
  readonly isApi: (id: string) => boolean;
  /** Whether times of each API come by buckets, or as their sum and count alone. */
  readonly isDetailed: boolean;
  readonly didRefuse: (record: Extract<AuditRecord, { type: 'authentication-refused' }>) => void;
  /** How an allowed request to one of the config’s APIs ended. */
  readonly didEnd: (api: string, outcome: Extract<AuditRecord, { type: 'outcome' }>) => void;
}

/** Requests to one API with one decision; one object for all of them. */
interface Decided {
  readonly api: string;
  readonly effect: 'allow' | 'deny';
  /** By class of the status, 0 for none. */
  readonly timers: (Timer | undefined)[];
  readonly ends: Readonly<Record<'completed' | 'aborted' | 'unknown', Gathered>>;
}

/** Each is there from the start: the first finding of a rule would else be no increase that an alert sees. */
const anomalyRules = {
  'denial-burst': 0,
  'path-scan': 0,
  'first-use-of-api': 0,
  'new-device': 0,
  'new-address': 0,
  'two-places': 0,
  'refused-sign-ins': 0,
  'dormant-account': 0,
  'break-glass': 0,
} as const satisfies Record<Extract<AuditRecord, { type: 'anomaly' }>['rule'], 0>;

/** In place of what callers call an API that there isn’t: labels are never theirs to choose. */
const unknownApi = 'unknown';

/**
 * Counts what is recorded, on its way into the audit: what the counters say and what the audit says is the same by
 * construction. No label is a person or a path.
 */
export function countedAudit<Log extends AuditLog & QueueCounts>(
  audit: Log,
  registry: Registry,
  { isApi, isDetailed, didRefuse, didEnd }: CountedAuditOptions,
): Log {
  const registers = [registry];
  const requests = requestTimes(registry, isDetailed);
  const outcomes = gatheredCounter({
    name: 'causeway_requests_total',
    help: 'Ends of requests by decision and outcome (completed, aborted, unknown).',
    labelNames: ['decision', 'outcome'],
    registers,
  });
  const denials = new Counter({
    name: 'causeway_denials_total',
    help: 'Denied requests by API and problem code.',
    labelNames: ['api', 'code'],
    registers,
  });
  const refusals = new Counter({
    name: 'causeway_authentications_refused_total',
    help: 'Refused sign-ins by code.',
    labelNames: ['code'],
    registers,
  });
  const sessions = new Counter({
    name: 'causeway_sessions_total',
    help: 'Events of tunnels by provider: opened, renewed, closed, signed-out.',
    labelNames: ['issuer', 'event'],
    registers,
  });
  const acts = new Counter({
    name: 'causeway_acts_total',
    help: 'What administrators, approvers and the relay did: locks, grants, configs, revocations.',
    labelNames: ['act'],
    registers,
  });
  const anomalies = new Counter({
    name: 'causeway_anomalies_total',
    help: 'Findings out of the ordinary by rule.',
    labelNames: ['rule'],
    registers,
  });
  for (const rule of Object.keys(anomalyRules)) anomalies.labels(rule).inc(0);
  const breakGlassSignIns = new Counter({
    name: 'causeway_break_glass_sign_ins_total',
    help: 'Sign-ins of accounts of the relay’s own, which are for when the provider is down.',
    registers,
  });
  const bytes = gatheredCounter({
    name: 'causeway_body_bytes_total',
    help: 'Bytes of bodies by direction.',
    labelNames: ['direction'],
    registers,
  });
  const [requestBytes, responseBytes] = [bytes('request'), bytes('response')];
  const commits = new GatheredHistogram({
    name: 'causeway_audit_commit_seconds',
    help: `Time until a record is durable, of one in ${measuredEvery}.`,
    buckets: commitBuckets,
    registry,
  }).timer();
  new Gauge({
    name: 'causeway_audit_queued_records',
    help: 'Records that aren’t durable yet.',
    registers,
    collect() {
      this.set(audit.waiting);
    },
  });
  let failed = 0;
  new Counter({
    name: 'causeway_audit_failed_records_total',
    help: 'Records that could not be written.',
    registers,
    collect() {
      this.inc(audit.failed - failed);
      failed = audit.failed;
    },
  });
  new Gauge({
    name: 'causeway_audit_healthy',
    help: '1 while the audit can be written.',
    registers,
    aggregator: 'min',
    collect() {
      this.set(audit.healthy ? 1 : 0);
    },
  });

  const underWay = new Map<string, Decided>();
  const kinds = { allow: new Map<string, Decided>(), deny: new Map<string, Decided>() };
  let seen = 0;

  const decidedOf = (api: string, effect: Decided['effect']): Decided => {
    let decided = kinds[effect].get(api);
    if (decided === undefined) {
      const [completed, aborted, unknown] = [
        outcomes(effect, 'completed'),
        outcomes(effect, 'aborted'),
        outcomes(effect, 'unknown'),
      ];
      kinds[effect].set(api, (decided = { api, effect, timers: [], ends: { completed, aborted, unknown } }));
    }
    return decided;
  };
  const timerOf = ({ api, effect, timers }: Decided, status: number | null): Timer => {
    const statusClass = status === null ? 0 : Math.floor(status / 100);
    return (timers[statusClass] ??= requests(api, effect, status === null ? 'none' : `${statusClass}xx`));
  };

  const count = (record: AuditRecord): void => {
    switch (record.type) {
      case 'decision': {
        const { requestId, effect, code } = record;
        const api = isApi(record.api) ? record.api : unknownApi;
        underWay.set(requestId, decidedOf(api, effect));
        if (effect === 'deny') denials.labels(api, code ?? 'policy-denied').inc();
        return;
      }
      case 'outcome': {
        const decided = underWay.get(record.requestId);
        underWay.delete(record.requestId);
        if (decided === undefined) return;
        if (decided.effect === 'allow' && decided.api !== unknownApi) didEnd(decided.api, record);
        timerOf(decided, record.status).observe(record.durationMs / 1000);
        decided.ends[record.outcome].amount += 1;
        requestBytes.amount += record.requestBytes;
        responseBytes.amount += record.responseBytes;
        return;
      }
      case 'authentication-refused':
        refusals.labels(record.code).inc();
        didRefuse(record);
        return;
      case 'session':
        sessions.labels(record.caller.issuer, record.event).inc();
        return;
      case 'anomaly':
        anomalies.labels(record.rule).inc();
        return;
      case 'administrator':
        acts.labels(record.act).inc();
        return;
      case 'relay':
        if (record.event === 'break-glass-sign-in') breakGlassSignIns.inc();
        acts.labels(record.event).inc();
        return;
      case 'lock':
        acts.labels(record.event).inc();
        return;
      case 'access':
        acts.labels(`access-${record.event}`).inc();
    }
  };

  const append: AuditLog['append'] = (record, done) => {
    count(record);
    seen += 1;
    if (seen % measuredEvery !== 0) {
      audit.append(record, done);
      return;
    }
    const beganAtMs = performance.now();
    audit.append(record, (error) => {
      if (error === null) commits.observe((performance.now() - beganAtMs) / 1000);
      done(error);
    });
  };
  return Object.create(audit, { append: { value: append } }) as Log;
}
