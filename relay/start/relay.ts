import type { Emergency } from '../../shared/emergency.ts';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { AuditLog } from '../audit/audit-record.ts';
import type { KeyHolder } from '../audit/create-audit-log.ts';
import type { Identity } from '../identity/identity.ts';
import type { ApiQuotas } from '../quota/quotas-of.ts';
import type { ProcessVitals } from '../vitals/process-vitals.ts';
import type { RecordNews } from '../audit/told-audit.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';
import type { ConfigSource } from '../config/config-source.ts';
import type { RelayMetrics } from '../metrics/relay-metrics.ts';
import type { LoadedConfig } from '../config/load-config.ts';

/** A relay at work. */
export interface Relay {
  /** Where it listens, for example `https://127.0.0.1:8443`; empty in a worker, which doesn't. */
  readonly url: string;
  readonly ready: () => boolean;
  /** Where what operators do is recorded. */
  readonly audit: AuditLog;
  /** What is recorded, as it is recorded. */
  readonly records: RecordNews;
  readonly metrics: Pick<RelayMetrics, 'text' | 'values' | 'reloaded'>;
  /** Puts another config in force; what needs a restart (address, data folder) is logged and left. */
  reload(loaded: LoadedConfig): void;
  /** Tells owners here, and at relays that share something with this one, what an emergency account is used or opened for. */
  tellEmergency(emergency: Emergency): void;
  /** Logs these requests step by step, and no others. */
  debug(targets: readonly DebugTarget[]): void;
  /**
   * What is left of the limits that count somebody’s requests, by API; only of APIs with some.
   * Rejects with AccessError `counters-unavailable`.
   */
  quotas(caller: Pick<Identity, 'issuer' | 'subject' | 'groups'>): Promise<readonly ApiQuotas[]>;
  /** Lets another key sign the audit; in a worker, which has none, it rejects. */
  readonly replaceAuditKey: KeyHolder['replaceKey'];
  /** Records that a config was refused and the one before stays in force. */
  refused(reason: Error, source: ConfigSource | undefined): void;
  /** Finishes what is under way, then stops. */
  drain(timeoutMs: number): Promise<void>;
  /**
   * Sends open tunnels elsewhere and takes no new ones, but goes on listening; until {@link takeBack}.
   * @param isAlone whether it is a worker whose place others take, so that the relay stays ready
   */
  sendAway(timeoutMs: number, isAlone?: boolean): void;
  /** Takes tunnels again. */
  takeBack(): void;
  close(): Promise<void>;
  /** What keeps it from being ready, in words. */
  problems(): readonly string[];
  /** What its processes know of themselves, each as of a moment or two ago. */
  vitals(): readonly ProcessVitals[];
  /** What the relay's other processes may ask of this one. */
  readonly forPeers: {
    /** Takes a client whose tunnel is here from another process, which has authenticated it; false when it isn't. */
    takeOver(
      socket: WebSocket,
      client: { resumeToken: string; accessToken: string; remoteAddress: string },
    ): Promise<boolean>;
    /** Ends a tunnel whose client is away; false when it is back. */
    endLost(sessionId: string): boolean;
    /** Another process has found that an issuer has other keys than before. */
    keysChanged(issuer: string): void;
    /** A session of a person was opened at another process. */
    didOpenSession(person: string, session: string): void;
    /** An account of the relay’s own has signed in at another process. */
    didHearEmergency(emergency: Emergency): void;
    /** Takes a connection from the network that another process has accepted. */
    takeConnection(socket: Socket): void;
  };
}
