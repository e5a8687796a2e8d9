/** Whose requests are logged step by step, and until when. */
export interface DebugTarget {
  readonly id: string;
  /** User name or subject; null for everybody. */
  readonly person: string | null;
  /** Null for all APIs. */
  readonly api: string | null;
  readonly untilMs: number;
}
