import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { matchesText } from '../policy/device-match.ts';
import type { AnomalyRule, RuleParts } from './rule.ts';
import { type Finding, ofRequest } from './finding.ts';

/** Whether a finding is of a sign-in with an emergency account, rather than of a request. Pure. */
export function isEmergencySignIn({ rule, api }: Pick<Finding, 'rule' | 'api'>): boolean {
  return rule === 'break-glass' && api === null;
}

/**
 * Sign-ins of the relay’s own accounts, and requests that are allowed by a rule, or by a grant of a role, that is meant for
 * emergencies.
 */
export function breakGlass(parts: RuleParts): AnomalyRule {
  const { history, emit } = parts;
  let ofSettings: AnomaliesConfig['break_glass'] = 'off';
  let patterns: readonly (readonly string[])[] = [];
  const isMeant = (name: string): boolean => patterns.some((pieces) => matchesText(pieces, name));
  return {
    observe(record) {
      const { break_glass: settings } = parts.settings;
      if (settings === 'off') return;
      if (settings !== ofSettings) patterns = settings.names.map((name) => name.split('*'));
      ofSettings = settings;
      if (record.type === 'access' && record.event === 'approved' && isMeant(record.role)) {
        history.see(`grant:${record.grant}`, 'role', record.role, record.timeMs);
      }
      if (record.type === 'relay' && record.event === 'break-glass-sign-in') {
        const { timeMs, person = null, remoteAddress = '', detail } = record;
        const nowhere = { sessionId: '', device: '', api: null };
        return emit({ rule: 'break-glass', timeMs, person, remoteAddress, detail, ...nowhere });
      }
      if (record.type !== 'decision' || record.effect === 'deny' || record.rule === null) return;
      if (isMeant(record.rule)) return emit(ofRequest('break-glass', record, `Allowed by the rule ${record.rule}.`));
      if (!record.rule.startsWith('grant:')) return;
      const role = history.roleOf(record.rule);
      if (role !== undefined && isMeant(role))
        emit(ofRequest('break-glass', record, `Allowed by the grant ${record.rule.slice(6)} of the role ${role}.`));
    },
  };
}
