import { replacedAuditLog } from './audit/replaced-audit-log.ts';
import type { Bench } from './figure.ts';
import { relaysInTurns } from './measure/relays-in-turns.ts';

/**
 * The relay's audit, a table that each commit makes durable, beside files whose records the table gets later: written by
 * a thread as the table is, or by the event loop; and beside none. On 32 connections and on one.
 */
export const auditWriter: Bench = (options) =>
  relaysInTurns(
    'audit-writer',
    [
      { name: 'none', execArgv: replacedAuditLog('unrecorded-requests') },
      { name: 'table' },
      { name: 'files-from-a-thread', execArgv: replacedAuditLog('files-from-a-thread') },
      { name: 'files-from-the-event-loop', execArgv: replacedAuditLog('files-from-the-event-loop') },
    ],
    options,
    [32, 1],
  );
