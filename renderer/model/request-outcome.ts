import type { ActivityEntry } from '../../shared/activity.ts';
import { joinNames } from '../../ui/model/format.ts';
import { demandWords } from './step-up-text.ts';

/** What became of a request, in two words, and how it should look. */
export interface RequestOutcome {
  readonly label: string;
  readonly tone: 'ok' | 'warning' | 'bad' | 'quiet';
}

/** Decision and status of an entry as one label: `200`, `denied`, `502`, `aborted`, `pending`. */
export function requestOutcomeOf(
  entry: Pick<ActivityEntry, 'decision' | 'status' | 'outcome' | 'connections'>,
): RequestOutcome {
  if (entry.connections !== undefined) return { label: 'refused', tone: 'bad' };
  if (entry.decision === 'deny') return { label: 'denied', tone: 'bad' };
  if (entry.outcome === 'aborted') return { label: 'aborted', tone: 'warning' };
  if (entry.outcome === 'unknown') return { label: 'unknown', tone: 'warning' };
  if (entry.status === null) return { label: 'pending', tone: 'quiet' };
  if (entry.status >= 500) return { label: String(entry.status), tone: 'bad' };
  if (entry.status >= 400) return { label: String(entry.status), tone: 'warning' };
  return { label: String(entry.status), tone: 'ok' };
}

/** Why the relay allowed or denied it, as a sentence that names the rule. */
export function decisionText(entry: Pick<ActivityEntry, 'decision' | 'rule' | 'connections'>): string {
  const { connections } = entry;
  if (connections !== undefined)
    return `Refused on this computer, before any request: ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  const verb = entry.decision === 'allow' ? 'Allowed' : 'Denied';
  if (entry.rule?.startsWith('limit:') === true) return `${verb} by the limit ${entry.rule.slice('limit:'.length)}`;
  return entry.rule === null ? `${verb}: no rule matched` : `${verb} by the rule ${entry.rule}`;
}

/** What would have let a denied request through, as far as the relay tells. */
export function unlockAnswer({ unlockedBy, stepUp, rule }: ActivityEntry): string {
  if (stepUp !== undefined) return `It asks for ${demandWords(stepUp)}.`;
  if (rule?.startsWith('limit:') === true) return 'Time: it passes again when the limit starts anew.';
  if (unlockedBy.length === 0) return 'No group that the relay names.';
  return `${unlockedBy.length === 1 ? 'The group' : 'One of the groups'} ${joinNames(unlockedBy, 'or')}.`;
}
