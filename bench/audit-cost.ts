import { auditVariants } from './audit/main-path-cases.ts';
import { recordStagesAlone } from './audit/record-stages.ts';
import { replacedAuditLog } from './audit/replaced-audit-log.ts';
import type { Bench } from './figure.ts';
import { relaysInTurns, type RelayVariant } from './measure/relays-in-turns.ts';

/** Short turns: the minute of a busy machine is then the same for all. */
const turnSeconds = 2;

/** Records are flushed and in no table: no way of keeping them takes less. */
const floor: RelayVariant = { name: 'flushed-only', execArgv: replacedAuditLog('staged-audit-log&stage=flushed') };

/**
 * What a durable record of each request costs a relay, beside one without and beside the floor, on 32 connections, on 128,
 * where there is always something to do, and on one, by thread. Before, what each stage of a record takes when nothing else is done.
 */
export const auditCost: Bench = async (options) => [
  ...(await recordStagesAlone(options)),
  ...(await relaysInTurns('audit-cost', [...auditVariants, floor], options, [32, 128, 1], {
    turnSeconds,
    byThread: true,
  })),
];
