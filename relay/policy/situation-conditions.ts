import { reason, type Reason } from '../../shared/reason.ts';
import type { RuleConfig } from '../config/config-schema.ts';
import type { PolicyContext } from './decision.ts';
import { compileDeviceMatch } from './device-match.ts';
import { compileNetworkRange, readAddress } from '../config/values/network-range.ts';
import { listWords } from './rule-words.ts';
import { compileTimeWindow } from './time-window.ts';

/** Something that a rule asks of the moment: it may hold for one request and not for the next. */
export interface SituationCondition {
  /** When or where it holds, for example “from the network 10.0.0.0/8”. */
  readonly words: string;
  /** The same as a part of a sentence; several are joined by “or”. */
  readonly reasons: () => readonly Reason[];
  holds(context: PolicyContext): boolean;
}

/**
 * Conditions on time, network and device; all must hold. What isn't known never helps the caller: it makes an allow
 * rule not hold, and a deny rule hold.
 */
export function compileSituationConditions(rule: RuleConfig): readonly SituationCondition[] {
  const unknown = rule.effect === 'deny';
  const conditions: SituationCondition[] = [];
  if (rule.times !== undefined) {
    const windows = rule.times.map(compileTimeWindow);
    conditions.push({
      words:
        windows.length === 0
          ? 'never'
          : listWords(
              windows.map((window) => window.words),
              'or',
            ),
      reasons: () => (windows.length === 0 ? [reason('if-never')] : windows.map((window) => window.reason())),
      holds: ({ timeMs }) =>
        Number.isFinite(timeMs) ? windows.some((window) => window.holds(timeMs)) : unknown && windows.length > 0,
    });
  }
  if (rule.networks !== undefined) {
    const { networks } = rule;
    const ranges = networks.map(compileNetworkRange);
    const sources = listWords(networks, 'or');
    conditions.push({
      words: ranges.length === 0 ? 'from nowhere' : `from the network ${sources}`,
      reasons: () => [
        ranges.length === 0 ? reason('if-nowhere') : reason('if-network', { networks: { any: networks } }),
      ],
      holds: ({ remoteAddress }) => {
        const address = readAddress(remoteAddress);
        return address === null ? unknown && ranges.length > 0 : ranges.some((range) => range.includes(address));
      },
    });
  }
  if (rule.device !== undefined) {
    const match = compileDeviceMatch(rule.device);
    conditions.push({
      words: match.words,
      reasons: () => [match.reason()],
      holds: ({ device }) => {
        const verdict = match.judge(device);
        return verdict === 'unknown' ? unknown : verdict === 'holds';
      },
    });
  }
  return conditions;
}
