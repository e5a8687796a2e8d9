import type { Emergency } from '../../shared/emergency.ts';
import type { AuditLog, QueueCounts } from '../audit/audit-record.ts';
import type { Pace } from '../http/public/hourly-pace.ts';
import type { CounterStore } from '../quota/counter-store.ts';
import type { SharedState } from './open-shared-state.ts';
import type { TunnelPeers } from '../tunnel/tunnel-peers.ts';

/**
 * What a worker process of a relay has in place of its own, because it is one for all of them. Keys in the data folder,
 * ends of grants and the relay's own events in the audit are the primary process's business.
 */
export interface WorkerParts {
  readonly audit: AuditLog & QueueCounts;
  /** Used where the config counts in memory. */
  readonly counters: CounterStore;
  readonly paceOfNames: Pace;
  /** Used where the relays share no state. */
  readonly identity: Omit<SharedState['identity'], 'revocations'>;
  readonly peers: TunnelPeers;
  /** Tells the other workers that an issuer has other keys than before, so that they needn’t find out by themselves. */
  readonly tellKeysChanged: (issuer: string) => void;
  /** Tells the other workers that an account of the relay’s own has signed in here. */
  readonly tellEmergency: (emergency: Emergency) => void;
  /** Of this worker, from 1. */
  readonly number: number;
  /** How many workers there are, among whom limits are divided. */
  readonly workers: number;
  readonly otherProblems: () => readonly string[];
  /** 48 bytes, for TLS sessions that go on at another worker. */
  readonly ticketKeys: Buffer;
}
