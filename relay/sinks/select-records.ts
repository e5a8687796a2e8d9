import type { AuditRecord } from '../audit/audit-record.ts';
import type { RecordSelection } from './sink-settings.ts';
import type { ShippedRecord } from './sink-target.ts';

const maxRemembered = 100_000;

interface Selectable {
  readonly type: AuditRecord['type'];
  readonly requestId?: string;
  readonly effect?: string;
  readonly api?: string | null;
}

/** Says of each record, in their order, whether it goes to the sink; may be asked again about the same ones. */
export type SelectRecord = (record: ShippedRecord) => boolean;

/**
 * Outcomes don't name the API: one is left out when its decision is known to have been. Of a decision that is forgotten
 * (over 100,000 later ones were left out), the outcome goes, because too much is better than too little.
 */
export function createSelection({ types, effects, apis }: RecordSelection): SelectRecord {
  if (types === undefined && effects === undefined && apis === undefined) return () => true;
  const leftOut = new Set<string>();
  const leaveOut = (requestId: string): void => {
    leftOut.add(requestId);
    if (leftOut.size <= maxRemembered) return;
    for (const oldest of leftOut) {
      leftOut.delete(oldest);
      break;
    }
  };
  const isAbout = ({ type, effect, api }: Selectable): boolean => {
    if (type === 'decision' && effects !== undefined && !effects.includes(effect ?? '')) return false;
    return apis === undefined || api === undefined || api === null || apis.includes(api);
  };
  return ({ payload }) => {
    const record = JSON.parse(payload) as Selectable;
    const { type, requestId = '' } = record;
    const isWanted = type === 'outcome' ? !leftOut.has(requestId) : isAbout(record);
    if (type === 'decision' && !isWanted) leaveOut(requestId);
    return isWanted && (types === undefined || types.includes(type));
  };
}
