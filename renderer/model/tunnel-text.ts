import { assertNever } from '../../shared/errors.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import { text } from '../../shared/messages/text.ts';

/** What is going on with the tunnel, and what that means for requests made now. */
export interface TunnelText {
  readonly title: string;
  readonly text: string;
  readonly tone: 'quiet' | 'warning';
}

/** What it means for requests made now, after how many wait already. */
function waitText(waiting: number | undefined): string {
  return `${waitingText(waiting)}${text('tunnel.wait')}`;
}

/** The tunnel's state in words; null while all is as it should be. */
export function tunnelText(tunnel: TunnelState, relayName: string): TunnelText | null {
  switch (tunnel.status) {
    case 'closed':
      return null;
    case 'open':
      return tunnel.draining === true
        ? {
            title: text('tunnel.draining'),
            text: text('tunnel.draining.text'),
            tone: 'quiet',
          }
        : null;
    case 'connecting':
      return {
        title: text('tunnel.connecting-to', { relay: relayName }),
        text: waitText(tunnel.waiting),
        tone: 'quiet',
      };
    case 'reconnecting':
      return {
        title:
          tunnel.problem.code === 'relay-draining'
            ? text('tunnel.restarting')
            : text('tunnel.no-answer', { relay: relayName }),
        text: `${tunnel.problem.detail} ${waitText(tunnel.waiting)}`,
        tone: 'warning',
      };
    default:
      return assertNever(tunnel);
  }
}

/** How many wait right now, as a sentence; empty for none. */
export function waitingText(waiting: number | undefined): string {
  if (waiting === undefined || waiting === 0) return '';
  return `${text('tunnel.waiting', { count: waiting })} `;
}
