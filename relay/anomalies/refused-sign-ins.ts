import { networkOf } from '../config/values/address-network.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { TimeWindow } from './time-window.ts';

/** Many tokens from one address, of IPv6 one network, that the relay doesn't accept, within minutes. */
export function refusedSignIns(parts: RuleParts): AnomalyRule {
  const { emit } = parts;
  const window = new TimeWindow<string>();
  return {
    observe(record) {
      const { refused_sign_ins: settings } = parts.settings;
      if (settings === 'off') return;
      // Other codes say that nobody can tell now: an outage of a provider isn't an attack. And what any page can make a
      // browser send isn't an attack of those who are where the browser is.
      if (record.type !== 'authentication-refused' || record.code !== 'token-rejected' || record.of !== 'token') return;
      const { timeMs, remoteAddress, claimed } = record;
      const { refusals, minutes } = settings;
      const within = { lengthMs: minutes * 60_000, most: refusals };
      const found = window.add(networkOf(remoteAddress), timeMs, claimed?.subject ?? '', within);
      if (found.length < refusals) return;
      const people = new Set(found).size;
      const detail = `${found.length} refused sign-ins, claimed for ${people} people, within ${minutes} min.`;
      emit({
        rule: 'refused-sign-ins',
        timeMs,
        person: null,
        sessionId: '',
        device: '',
        remoteAddress,
        api: null,
        detail,
      });
    },
  };
}
