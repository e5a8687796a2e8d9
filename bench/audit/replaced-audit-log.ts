/** How far a record comes in a relay whose audit ends there: each stage does what the one before does, and something more. */
export const recordStages = ['lines-made', 'lines-posted', 'written', 'flushed', 'hashed'] as const;

export type RecordStage = (typeof recordStages)[number];

/** Names of the files beside this one that can take the place of a relay's audit log. */
export type StandIn =
  | 'unrecorded-requests'
  | 'files-from-a-thread'
  | 'files-from-the-event-loop'
  | `staged-audit-log&stage=${RecordStage}`;

/**
 * Flags for the Node process of a relay whose audit log is another one. The relay itself knows of none of it: what its
 * module is replaced with, and that it is, stands in the bench alone.
 */
export function replacedAuditLog(standIn: StandIn): readonly string[] {
  return ['--import', new URL(`./replace-audit-log.ts?with=${standIn}`, import.meta.url).href];
}
