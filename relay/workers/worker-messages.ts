import type { Emergency } from '../../shared/emergency.ts';
import type { FromAuditWorker, ToAuditWorker } from '../audit/audit-messages.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Person } from '../identity/person-key.ts';
import type { MetricValues } from '../metrics/relay-metrics.ts';
import type { ProcessVitals } from '../vitals/process-vitals.ts';
import type { Block, Count } from '../quota/counter-store.ts';

/** What a worker is told before it starts. */
export interface WorkerStart {
  readonly type: 'start';
  readonly config: LoadedConfig;
  /** Number of this worker, from 1. */
  readonly worker: number;
  readonly workers: number;
  /** New at each start of a worker, so that what an earlier one left behind is told apart. */
  readonly generation: number;
  /** Private folder with the workers' sockets. */
  readonly folder: string;
  /** Known to the workers of this relay only. */
  readonly secret: string;
  readonly nonceSecret: string;
  /** Of TLS sessions, so that one begun at a worker goes on at another. */
  readonly ticketKeys: string;
  /** Whose requests are logged step by step. */
  readonly debugged: readonly DebugTarget[];
}

/** From the primary process to a worker. */
export type ToWorker =
  | WorkerStart
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'audit'; readonly message: FromAuditWorker }
  | { readonly type: 'reload'; readonly version: number; readonly config: LoadedConfig }
  /** What keeps the relay's other parts from being ready. */
  | { readonly type: 'others'; readonly problems: readonly string[] }
  /** The tunnel's place is needed, if its client is still away. */
  | { readonly type: 'end-lost'; readonly sessionId: string; readonly person: string }
  /** Another worker has found that an issuer has other keys than before. */
  | { readonly type: 'keys-changed'; readonly issuer: string }
  /** A person’s session was opened at another worker. */
  | { readonly type: 'session-opened'; readonly person: string; readonly session: string }
  /** An account of the relay’s own has signed in at another worker. */
  | { readonly type: 'emergency'; readonly emergency: Emergency }
  /** It is to tell everybody, as of a sign-in that it took. */
  | { readonly type: 'tell-emergency'; readonly emergency: Emergency }
  | { readonly type: 'debug'; readonly targets: readonly DebugTarget[] }
  | { readonly type: 'drain'; readonly timeoutMs: number }
  /** An operator drains the relay, which goes on listening; or this worker alone, whose place others take. */
  | { readonly type: 'send-away'; readonly timeoutMs: number; readonly isAlone: boolean }
  | { readonly type: 'take-back' }
  | { readonly type: 'close' };

/** What only the primary process can answer, because it counts for all. */
export type Question =
  | { readonly type: 'take'; readonly count: Count; readonly wanted: number }
  | { readonly type: 'left'; readonly count: Count }
  | { readonly type: 'use'; readonly cache: 'proofs' | 'logouts'; readonly owner: string; readonly id: string }
  /** Whether a person may name another device; the answer is 0, or when they may next. */
  | { readonly type: 'name'; readonly person: Person; readonly nowMs: number }
  | { readonly type: 'connect'; readonly person: string }
  | { readonly type: 'open'; readonly person: string; readonly sessionId: string };
export type Answer = number | string | boolean | Block;

/** From a worker to the primary process. */
export type ToPrimary =
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'give-back'; readonly count: Count; readonly requests: number }
  | { readonly type: 'audit'; readonly message: ToAuditWorker }
  /** It has loaded and wants to be told how to start. */
  | { readonly type: 'waiting' }
  | { readonly type: 'up' }
  | { readonly type: 'connection-closed' }
  /** It can't start, with the code of the AccessError. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** An issuer has other keys than before. */
  | { readonly type: 'keys-changed'; readonly issuer: string }
  | { readonly type: 'session-opened'; readonly person: string; readonly session: string }
  | { readonly type: 'emergency'; readonly emergency: Emergency }
  | { readonly type: 'problems'; readonly problems: readonly string[] }
  /** What it has counted since its start. */
  | { readonly type: 'metrics'; readonly values: MetricValues }
  | { readonly type: 'vitals'; readonly vitals: ProcessVitals }
  | { readonly type: 'disconnected'; readonly person: string }
  | { readonly type: 'lost'; readonly sessionId: string; readonly atMs: number | null }
  | { readonly type: 'ended'; readonly sessionId: string }
  /** The tunnel that was to end for another is in use again. */
  | { readonly type: 'kept'; readonly sessionId: string; readonly person: string }
  | { readonly type: 'reloaded'; readonly version: number; readonly refused: string | null }
  | { readonly type: 'drained' };
