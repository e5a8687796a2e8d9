import { type CauseFacts, causeOf } from '../../shared/cause.ts';
import { causeSentences, causeText } from '../../shared/cause-text.ts';
import { text } from '../../shared/messages/text.ts';
import { formatSpan } from '../../ui/model/format.ts';

/** Why requests don't go straight through, and what that means for those made now. */
export interface CauseNote {
  readonly title: string;
  readonly text: string;
  readonly tone: 'quiet' | 'warning';
}

/** The cause in words; null while all is as it should be. `waitMs` is how long local requests wait for a tunnel. */
export function causeNote(profile: CauseFacts, waitMs: number): CauseNote | null {
  const cause = causeOf(profile);
  if (cause === null) return drainNote(profile);
  const parts = [causeSentences(cause), waitingText(cause.waiting), outlook(cause.awaits === 'sign-in' ? 0 : waitMs)];
  const calm = cause.code === 'connecting' || cause.code === 'signing-in' || cause.code === 'relay-draining';
  return {
    title: causeText(cause).title,
    text: parts.filter((part) => part !== '').join(' '),
    tone: calm ? 'quiet' : 'warning',
  };
}

function drainNote({ tunnel }: CauseFacts): CauseNote | null {
  if (tunnel.status !== 'open' || tunnel.draining !== true) return null;
  return {
    title: text('cause.draining.title'),
    text: text('cause.draining.text'),
    tone: 'quiet',
  };
}

/** What happens to a request that is made now. */
function outlook(waitMs: number): string {
  return waitMs === 0 ? text('cause.outlook.at-once') : text('cause.outlook.waits', { span: formatSpan(waitMs) });
}

/** How many wait right now, as a sentence; empty for none. */
export function waitingText(waiting: number): string {
  return waiting === 0 ? '' : text('cause.waiting', { count: waiting });
}
