import type { RelayMetrics } from '../../relay/metrics/relay-metrics.ts';
import { rememberOutcomes } from '../../relay/vitals/api-outcomes.ts';

const nothing = (): void => undefined;

/** Metrics of a relay that counts nothing; the audit is as it was given. */
export function createRelayMetrics(): RelayMetrics {
  return {
    counted: (audit) => audit,
    open: nothing,
    signIns: { accepted: nothing, refused: nothing, providers: nothing },
    stages: () => null,
    tunnels: { handshake: nothing, resumption: nothing, stream: nothing, ended: nothing },
    didAsk: nothing,
    traces: nothing,
    isApi: () => true,
    apis: rememberOutcomes(),
    sinks: nothing,
    didShorten: () => undefined,
    notices: nothing,
    signals: nothing,
    reloaded: nothing,
    values: () => Promise.resolve([]),
    text: () => Promise.resolve(''),
    close: nothing,
  };
}
