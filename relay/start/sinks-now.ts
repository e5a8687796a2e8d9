import { AccessError } from '../../shared/errors.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { sinkStatus, type SinkStatus } from '../sinks/sink-status.ts';
import { sinksOf } from './config-of-parts.ts';

/** How far all sinks of a config are now; none while the folder holds no audit. */
export function sinksNow(loaded: LoadedConfig): readonly SinkStatus[] {
  const sinks = sinksOf(loaded).map(({ name, place: { kind }, lagWarnMs }) => ({ name, kind, lagWarnMs }));
  if (sinks.length === 0) return [];
  try {
    return sinkStatus(loaded.config.relay.data, sinks, Date.now());
  } catch (error) {
    if (error instanceof AccessError) return [];
    throw error;
  }
}
