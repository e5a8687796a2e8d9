/** What one relay of one process takes, measured. */
export interface NodeFigures {
  /** Memory without a tunnel, and for each one that is open. */
  readonly baseMemoryBytes: number;
  readonly tunnelMemoryBytes: number;
  /** CPU time of the relay: to open a tunnel (TLS, token, policy, record), for a minute of one that is idle, for a request. */
  readonly openCpuMs: number;
  readonly idleMinuteCpuMs: number;
  readonly requestCpuMs: number;
  /** Bytes between client and relay: a minute of an idle tunnel, and a request beyond its and its answer’s bodies. */
  readonly idleMinuteBytes: number;
  readonly requestBytes: number;
  /** Bytes of disk: a record with its index entry at the relay, a record in PostgreSQL, a session. */
  readonly recordDiskBytes: number;
  readonly recordSharedBytes: number;
  readonly sessionBytes: number;
}
