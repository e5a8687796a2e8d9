import type { AuditLog, QueueCounts } from '../../relay/audit/audit-record.ts';
import type { LoadedConfig } from '../../relay/config/load-config.ts';
import { createRelayMetrics as createReal, type RelayMetrics } from '../../relay/metrics/relay-metrics.ts';
import { inForce } from './looks.ts';

export { addedUp, countsOf } from '../../relay/metrics/relay-metrics.ts';

/** The relay’s metrics, of which nothing is done with a request while they are off. */
export function createRelayMetrics(loaded: LoadedConfig, version: string): RelayMetrics {
  const real = createReal(loaded, version);
  return {
    ...real,
    counted<Log extends AuditLog & QueueCounts>(audit: Log): Log {
      const counted = real.counted(audit);
      const append: AuditLog['append'] = (record, done) => {
        if (record.type === 'outcome') inForce.ended += 1;
        (inForce.looks.metrics ? counted : audit).append(record, done);
      };
      return Object.create(audit, { append: { value: append } }) as Log;
    },
    stages: (request) => (inForce.looks.metrics ? real.stages(request) : null),
    tunnels: {
      ...real.tunnels,
      stream(outcome) {
        if (inForce.looks.metrics) real.tunnels.stream(outcome);
      },
    },
  };
}
