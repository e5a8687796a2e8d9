import { auditVariants } from './audit/main-path-cases.ts';
import type { Bench } from './figure.ts';
import { relaysInTurns } from './measure/relays-in-turns.ts';

/** Short turns: the minute of a busy machine is then the same for both. */
const turnSeconds = 2;

/** What a durable record of each request costs a relay, beside one without: on 32 connections and on one, and by thread. */
export const auditCost: Bench = (options) =>
  relaysInTurns('audit-cost', auditVariants, options, [32, 1], { turnSeconds, byThread: true });
