/** Names of the files beside this one that can take the place of a relay's audit log. */
export type StandIn = 'unrecorded-requests' | 'files-from-a-thread' | 'files-from-the-event-loop';

/**
 * Flags for the Node process of a relay whose audit log is another one. The relay itself knows of none of it: what its
 * module is replaced with, and that it is, stands in the bench alone.
 */
export function replacedAuditLog(standIn: StandIn): readonly string[] {
  return ['--import', new URL(`./replace-audit-log.ts?with=${standIn}`, import.meta.url).href];
}
