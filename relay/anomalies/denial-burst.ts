import type { AnomalyRule, RuleParts } from './rule.ts';
import { personKey } from '../identity/person-key.ts';
import { ofRequest } from './finding.ts';
import { TimeWindow } from './time-window.ts';

/** Many denied requests of one person within minutes, at whatever API. */
export function denialBurst(parts: RuleParts): AnomalyRule {
  const { emit } = parts;
  const window = new TimeWindow<true>();
  return {
    observe(record) {
      const { denial_burst: settings } = parts.settings;
      if (settings === 'off' || record.type !== 'decision' || record.effect === 'allow') return;
      const { denials, minutes } = settings;
      const within = { lengthMs: minutes * 60_000, most: denials };
      const count = window.add(personKey(record.caller), record.timeMs, true, within).length;
      if (count >= denials) emit(ofRequest('denial-burst', record, `${count} denied requests within ${minutes} min.`));
    },
  };
}
