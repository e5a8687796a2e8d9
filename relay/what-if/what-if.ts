import type { KnownVerdict } from './decide-as-known.ts';

/** Who would lose or gain what, or whether that depends on what no record tells. */
export type ChangeKind = 'lost' | 'gained' | 'uncertain';

/** A verdict in a row, without its words. */
export type ShownVerdict = Pick<KnownVerdict, 'effect' | 'rule'>;

/** Requests of one person that look alike and would be decided otherwise. Times are milliseconds since the epoch. */
export interface WhatIfChange {
  readonly change: ChangeKind;
  readonly person: { readonly issuer: string; readonly subject: string; readonly username: string };
  /** As of the last of the requests. */
  readonly groups: readonly string[];
  readonly api: string;
  readonly method: string;
  /** Segments with a digit, and long ones, are `*`; what follows the sixth is `**`. */
  readonly path: string;
  /** The last of the paths, whole. */
  readonly examplePath: string;
  readonly requests: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** How the last was decided when it came, and would be by the config in force, and by the proposal. */
  readonly recorded: ShownVerdict;
  readonly inForce: ShownVerdict;
  readonly proposed: ShownVerdict & Pick<KnownVerdict, 'reason' | 'dependsOn'>;
}

/** All people of a group together; who is in several groups counts in each. */
export interface WhatIfGroup {
  readonly group: string;
  readonly change: ChangeKind;
  readonly people: number;
  readonly requests: number;
}

/** What was looked at, and what was left out. */
export interface WhatIfScope {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The oldest record that was looked at; null for none. */
  readonly reachedMs: number | null;
  readonly records: number;
  readonly decisions: number;
  /** Why it doesn’t reach back to the beginning; null when it does. */
  readonly stoppedBy: 'time' | 'records' | 'audit-begins' | null;
  /** Requests that rules didn’t decide, by the code of their problem. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Requests of rows that there was no room for. */
  readonly withoutRow: number;
  /** What else isn’t known or counted, in sentences. */
  readonly notes: readonly string[];
}

/** What a proposed config would have done to the requests of the past, against the config in force. */
export interface WhatIf {
  readonly proposedRevision: string;
  readonly inForceRevision: string;
  readonly scope: WhatIfScope;
  readonly totals: Readonly<Record<ChangeKind, { readonly requests: number; readonly people: number }>>;
  /** Most requests first, those who lose something before those who gain. */
  readonly changes: readonly WhatIfChange[];
  readonly groups: readonly WhatIfGroup[];
  /** Ids of the APIs whose rules differ. */
  readonly changedApis: readonly string[];
}

export const changeKinds: readonly ChangeKind[] = ['lost', 'gained', 'uncertain'];
