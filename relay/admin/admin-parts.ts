import type { AdministratorRecord } from '../acts/act-table.ts';
import type { Logger } from 'pino';
import type { Emergency } from '../../shared/emergency.ts';
import type { DebugSwitch } from '../administration/debugging.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { StreamedBackups } from '../backup/stream-backup.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { ApiQuotas } from '../quota/quotas-of.ts';
import type { DaySeries } from '../overview/day-series.ts';
import type { DownWorker } from '../vitals/down-worker.ts';
import type { ProcessVitals } from '../vitals/process-vitals.ts';
import type { ToldRelays } from '../administration/tell-relays.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import type { DrainHere } from './drain-here.ts';
import type { ReadPlace } from './read-tasks.ts';
import type { ReadThread } from './ask-read-thread.ts';
import type { IdempotentActs } from './idempotent-acts.ts';
import type { WhatIfThread } from '../what-if/ask-what-if.ts';

/** What the relay lets its operators do and see. */
export interface AdministeredRelay {
  readonly version: string;
  /** Where employees reach it. */
  readonly url: string;
  ready(): boolean;
  problems(): readonly string[];
  /** What its processes know of themselves. */
  vitals(): readonly ProcessVitals[];
  /** Numbers of its workers, also of those that don’t run at the moment; none of a relay of one process. */
  readonly workers: readonly number[];
  /** Those that nobody is served by at the moment. */
  downWorkers(): readonly DownWorker[];
  /** Why the last config that was read isn’t in force; null when it is. */
  reloadRefused(): { readonly atMs: number; readonly reason: string } | null;
  /** What is left of somebody’s limits. Rejects with AccessError `counters-unavailable`. */
  quotas(caller: Pick<Identity, 'issuer' | 'subject' | 'groups'>): Promise<readonly ApiQuotas[]>;
  /** Sends open tunnels of the relay, or of one of its workers, elsewhere and takes no new ones until {@link takeBack}. */
  sendAway(worker: number | null): void;
  takeBack(worker: number | null): void;
  /** Tells owners at once that somebody was invited to an emergency account. */
  tellEmergency(emergency: Emergency): void;
  /** Logs these requests step by step, and no others. */
  debug(targets: readonly DebugTarget[]): void;
  /** Lets another key sign the audit; answers its line. Rejects with AccessError `audit-unavailable` when the key stays. */
  replaceAuditKey(act: AdministratorRecord): Promise<string>;
  /** Reads the config file again; resolves when what it says is in force. @throws AccessError `bad-config` */
  reload(): Promise<void>;
}

/** What the routes of the admin API work with. */
export interface AdminParts {
  readonly relay: AdministeredRelay;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly loaded: () => LoadedConfig;
  readonly config: () => Config;
  readonly reading: ReadThread;
  readonly whatIf: WhatIfThread;
  /** Carries requests with an idempotency key out once. */
  readonly acts: Pick<IdempotentActs, 'middleware'>;
  /** Sends what the relay's folder keeps, to one caller at a time. */
  readonly backups: Pick<StreamedBackups, 'begin'>;
  /** Where sessions, locks, grants and revocations are. */
  readonly state: () => StatePlace;
  /** What readings are made of. */
  readonly place: () => ReadPlace;
  /** The last day of this relay in numbers. */
  readonly series: Pick<DaySeries, 'points'>;
  /** Other relays of the storage or the Redis; null where the config names neither. */
  readonly others: Pick<ToldRelays, 'others' | 'say' | 'order'> | null;
  /** How this relay is now. */
  readonly ownState: () => RelayState;
  /** Drains this relay, or one of its workers, or takes it back. */
  readonly drainHere: DrainHere;
  /** Whose requests are logged step by step. */
  readonly debugging: Pick<DebugSwitch, 'list' | 'start' | 'end'>;
  readonly startedAtMs: number;
}
