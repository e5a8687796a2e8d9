import type { ActivityEntry } from '../../shared/activity.ts';
import { text } from '../../shared/messages/text.ts';
import { saidByRelay } from '../../shared/reason-text.ts';
import { showRefused } from './show-refused.ts';
import type { Terminal } from './terminal.ts';

/** Shows one request as the relay decided and answered it; one that is under way isn't shown yet. */
export function showRequest(terminal: Terminal, entry: ActivityEntry): void {
  if (entry.outcome === 'pending') return;
  if (entry.connections !== undefined) {
    showRefused(terminal, entry, entry.connections);
    return;
  }
  const time = new Date(entry.timeMs).toTimeString().slice(0, 8);
  const why = saidByRelay(entry.reason, entry.reasons);
  const verdict = entry.decision === 'deny' ? `  ${text('activity.decision.deny')}: ${why}` : '';
  const duration = entry.durationMs === null ? '' : `  ${Math.round(entry.durationMs)} ms`;
  terminal.result(
    { type: 'request', ...entry },
    `${time}  ${entry.api}  ${entry.method} ${entry.path}  ${entry.status ?? entry.outcome}${duration}${verdict}`,
  );
}
