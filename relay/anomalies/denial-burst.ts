import type { AnomalyRule, RuleParts } from './rule.ts';
import { personKey } from '../identity/person-key.ts';
import { ofRequest } from './finding.ts';
import { TimeWindow } from './time-window.ts';

/** Many denied requests of one person within minutes, at whatever API. */
export function denialBurst({ settings: { denial_burst: settings }, emit }: RuleParts): AnomalyRule {
  if (settings === 'off') return { observe: () => undefined };
  const { denials, minutes } = settings;
  const window = new TimeWindow<true>(minutes * 60_000);
  return {
    observe(record) {
      if (record.type !== 'decision' || record.effect === 'allow') return;
      const count = window.add(personKey(record.caller), record.timeMs, true, denials).length;
      if (count >= denials) emit(ofRequest('denial-burst', record, `${count} denied requests within ${minutes} min.`));
    },
  };
}
