import type { Refusal } from './exchange/exchange.ts';

/** The refusal of a request of which the decision can't be recorded. */
export function auditRefusal(error: Error): Refusal {
  return {
    code: 'audit-unavailable',
    status: 503,
    detail: `The record of this request can’t be written: ${error.message}`,
  };
}
