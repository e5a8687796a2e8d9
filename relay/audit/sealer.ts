import type { AuditRecord } from './audit-record.ts';
import { asciiJson } from './audit-line.ts';
import { dayMs } from './retention/day-segments.ts';
import type { KeyStore, SealingSettings } from './keys/key-store.ts';
import { type FieldOwner, personalFields } from './personal-fields.ts';
import { createDecisionSealer } from './seal-decision.ts';
import { type PersonalKey, sealValue } from './keys/sealed-value.ts';

/** Seals what is personal in the lines of records, before they are stored. */
export interface Sealer {
  /** As many lines, in their order. The keys that they need are durable when it returns. */
  seal(lines: readonly string[]): readonly string[];
}

const decisionStart = '{"type":"decision"';
const outcomeStart = '{"type":"outcome"';

/** Seals as the settings say. Outcomes hold nothing of a person; a decision costs a look-up, all others a cipher. */
export function createSealer(keys: KeyStore, { erasable, refusedDays }: SealingSettings): Sealer {
  let sealDecision = createDecisionSealer(keys);

  const keyOf = (owner: FieldOwner): PersonalKey | undefined => {
    if (owner.type === 'refusals-of-day')
      return refusedDays === undefined ? undefined : keys.ofDay(Math.floor(owner.timeMs / dayMs));
    if (!erasable) return undefined;
    if (owner.type === 'person') return keys.ofPerson(owner.person);
    return owner.type === 'named' ? keys.knownName(owner.name) : keys.knownPerson(owner.person);
  };
  const sealFields = (line: string): string => {
    const record = JSON.parse(line) as Exclude<AuditRecord, { type: 'decision' }>;
    const values = new Map(Object.entries(record).map(([field, value]) => [field, asciiJson(value)]));
    for (const { field, owner } of personalFields(record)) {
      const value = values.get(field);
      if (value === undefined || value === 'null' || value === '""') continue;
      const key = keyOf(owner);
      const groups = field === 'caller' && record.type === 'session' ? asciiJson(record.caller.groups) : undefined;
      if (key !== undefined) values.set(field, sealValue(value, key, groups));
    }
    return `{${[...values].map(([field, value]) => `"${field}":${value}`).join(',')}}`;
  };
  const sealOne = (line: string): string => {
    if (line.startsWith(outcomeStart)) return line;
    if (line.startsWith(decisionStart)) return erasable ? sealDecision(line) : line;
    return sealFields(line);
  };

  return {
    seal(lines) {
      if (!erasable && refusedDays === undefined) return lines;
      // What was remembered may be sealed with a key that was thrown away meanwhile.
      if (keys.didChange()) sealDecision = createDecisionSealer(keys);
      const sealed = lines.map(sealOne);
      keys.settle();
      return sealed;
    },
  };
}
