import { totalmem } from 'node:os';
import type { LimitsConfig } from '../config/config-schema.ts';

/**
 * One worker's part of the limits that are the relay's as a whole and need no exact count: what is divided adds up to
 * no more than the whole. Limits of tunnels and persons are not divided; the primary process counts them.
 * @param memoryBytes what the relay may use at most where the config doesn't say it
 */
export function shareOfLimits(
  limits: LimitsConfig,
  workers: number,
  memoryBytes: () => number = () => Math.min(process.constrainedMemory() || Infinity, totalmem()) * 0.8,
): LimitsConfig {
  if (workers === 1) return limits;
  const share = (whole: number): number => Math.max(1, Math.floor(whole / workers));
  return {
    ...limits,
    max_unauthenticated_connections: share(limits.max_unauthenticated_connections),
    // A rate may be less than one a second.
    max_handshakes_per_second: limits.max_handshakes_per_second / workers,
    max_requests: share(limits.max_requests),
    max_buffered_bytes: share(limits.max_buffered_bytes),
    max_memory_bytes: share(limits.max_memory_bytes ?? memoryBytes()),
  };
}
