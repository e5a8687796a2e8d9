import { addressRange } from './address-range.ts';
import { personKey } from '../identity/person-key.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { ofRequest } from './finding.ts';
import { TimeWindow } from './time-window.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So many denied requests within an hour are a sign; a few are everybody's. */
const deniedSign = 5;

const allSigns = [
  'a new device',
  'a new address range',
  'an API used for the first time',
  'several denied requests',
] as const;
type Sign = (typeof allSigns)[number];

/**
 * What is new about a person who has been here for a while: an API that few use, a device, an address range, the person
 * after a long time. New laptops, hotels and projects are everyday: device and range count together with another sign.
 */
export function unfamiliar(parts: RuleParts): AnomalyRule {
  const { history, emit } = parts;
  const signs = new TimeWindow<true>();
  const denials = new TimeWindow<true>();
  return {
    observe(record) {
      if (record.type !== 'decision') return;
      const { settings } = parts;
      const {
        first_use_of_api: firstUse,
        new_device: device,
        new_address: address,
        dormant_account: dormant,
      } = settings;
      const { caller, timeMs, api, effect } = record;
      const person = personKey(caller);
      const account = history.find(person, 'account', '');
      // Everything is new about a new colleague.
      if (account === undefined || timeMs - account.firstMs < settings.known_days * dayMs) return;
      const awayDays = Math.floor((timeMs - account.lastMs) / dayMs);
      if (dormant !== 'off' && awayDays >= dormant.days)
        emit(ofRequest('dormant-account', record, `The first request after ${awayDays} days.`));

      const range = addressRange(caller.remoteAddress);
      const found: Sign[] = [];
      if (history.find(person, 'device', caller.device) === undefined) found.push('a new device');
      if (history.find('', 'range', range) === undefined) found.push('a new address range');
      if (effect === 'allow' && history.find(person, 'api', api) === undefined) {
        found.push('an API used for the first time');
        if (firstUse !== 'off') {
          const known = history.find('', 'api', api);
          const others = history.othersAt(api, person, timeMs - 30 * dayMs, firstUse.max_people + 1);
          // Of an API that is new itself, everybody is the first.
          const isOld = known !== undefined && timeMs - known.firstMs >= settings.known_days * dayMs;
          if (isOld && others <= firstUse.max_people)
            emit(
              ofRequest(
                'first-use-of-api',
                record,
                `The first request to this API, which ${others} others used in 30 days.`,
              ),
            );
        }
      }
      const denied = { lengthMs: hourMs, most: deniedSign };
      if (effect === 'deny' && denials.add(person, timeMs, true, denied).length === deniedSign)
        found.push('several denied requests');
      if (found.length === 0) return;
      for (const sign of found) signs.add(`${person}\n${sign}`, timeMs, true, { lengthMs: hourMs, most: 1 });
      const together: readonly Sign[] = allSigns.filter((sign) => signs.has(`${person}\n${sign}`, timeMs, hourMs));
      const words = `Within an hour: ${together.join(', ')}.`;
      if (device !== 'off' && together.includes('a new device') && (device.alone || together.length > 1))
        emit(ofRequest('new-device', record, words));
      else if (address !== 'off' && together.includes('a new address range') && (address.alone || together.length > 1))
        emit(ofRequest('new-address', record, words));
    },
  };
}
