import type { Config } from '../config/config-schema.ts';
import { storageSinkName } from '../config/sink-schema.ts';
import { storageLagWarnMs } from './sink-of-storage.ts';
import type { SinkToLookAt } from './sink-status.ts';

/** The sinks of a config, behind the storage that its relays share, where the audit is shipped there. */
export function sinksToLookAt({ audit, storage }: Pick<Config, 'audit' | 'storage'>): readonly SinkToLookAt[] {
  const sinks = audit.sinks.map(({ name, kind, lag_warn_seconds: seconds }) => ({
    name,
    kind,
    lagWarnMs: seconds * 1000,
  }));
  if (storage === undefined || audit.durable !== 'disk') return sinks;
  return [{ name: storageSinkName, kind: 'postgres', lagWarnMs: storageLagWarnMs }, ...sinks];
}
