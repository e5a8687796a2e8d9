import type { ActivityEntry } from '../../shared/activity.ts';
import { joinNames } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';
import { demandWords } from '../../shared/step-up-text.ts';

/** What became of a request, in two words, and how it should look. */
export interface RequestOutcome {
  readonly label: string;
  readonly tone: 'ok' | 'warning' | 'bad' | 'quiet';
}

/** Decision and status of an entry as one label: `200`, `denied`, `502`, `aborted`, `pending`. */
export function requestOutcomeOf(
  entry: Pick<ActivityEntry, 'decision' | 'status' | 'outcome' | 'connections'>,
): RequestOutcome {
  if (entry.connections !== undefined) return { label: text('activity.outcome.refused'), tone: 'bad' };
  if (entry.decision === 'deny') return { label: text('activity.outcome.denied'), tone: 'bad' };
  if (entry.outcome === 'aborted') return { label: text('activity.outcome.aborted'), tone: 'warning' };
  if (entry.outcome === 'unknown') return { label: text('activity.outcome.unknown'), tone: 'warning' };
  if (entry.status === null) return { label: text('activity.outcome.pending'), tone: 'quiet' };
  if (entry.status >= 500) return { label: String(entry.status), tone: 'bad' };
  if (entry.status >= 400) return { label: String(entry.status), tone: 'warning' };
  return { label: String(entry.status), tone: 'ok' };
}

/** Why the relay allowed or denied it, as a sentence that names the rule. */
export function decisionText(entry: Pick<ActivityEntry, 'decision' | 'rule' | 'connections'>): string {
  const { connections } = entry;
  if (connections !== undefined) return text('activity.refused-here', { count: connections });
  const { decision, rule } = entry;
  if (rule === null) return text(`activity.by-none.${decision}`);
  const limit = limitOf(rule);
  return limit === null
    ? text(`activity.by-rule.${decision}`, { rule })
    : text(`activity.by-limit.${decision}`, { limit });
}

/** The limit that decided, where it wasn't a rule. */
function limitOf(rule: string | null): string | null {
  return rule?.startsWith('limit:') === true ? rule.slice('limit:'.length) : null;
}

/** What would have let a denied request through, as far as the relay tells. */
export function unlockAnswer({ unlockedBy, stepUp, rule }: ActivityEntry): string {
  if (stepUp !== undefined) return text('activity.unlock.step-up', { demand: demandWords(stepUp) });
  if (limitOf(rule) !== null) return text('activity.unlock.time');
  if (unlockedBy.length === 0) return text('activity.unlock.nobody');
  return text('activity.unlock.groups', { count: unlockedBy.length, groups: joinNames(unlockedBy, 'or') });
}
