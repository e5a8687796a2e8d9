/** What looks on at tunnels as they come and go; must not throw. */
export interface TunnelWatch {
  /** Somebody asked for a WebSocket: `accepted`, or the problem code of the refusal. */
  handshake(outcome: string): void;
  /** A client came back for its tunnel. */
  resumption(outcome: ResumptionOutcome): void;
  /** A local connection came. */
  stream(outcome: 'opened' | 'refused'): void;
  /** A tunnel ended: `lost` when its client didn’t come back, else by which close code. */
  ended(outcome: string): void;
}

/**
 * `handed-over`: another process has the tunnel; `unknown`: nobody has it any more; `other-session`: the token came from
 * somebody else; `gap`: what the client misses isn’t kept any more.
 */
export type ResumptionOutcome = 'resumed' | 'handed-over' | 'unknown' | 'other-session' | 'gap';
