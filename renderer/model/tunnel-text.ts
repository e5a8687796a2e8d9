import { assertNever } from '../../shared/errors.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import { formatCount } from '../../ui/model/format.ts';

/** What is going on with the tunnel, and what that means for requests made now. */
export interface TunnelText {
  readonly title: string;
  readonly text: string;
  readonly tone: 'quiet' | 'warning';
}

const wait = 'Requests made now wait up to 10 seconds for it, then get 503. Nothing is sent twice.';

/** The tunnel's state in words; null while all is as it should be. */
export function tunnelText(tunnel: TunnelState, relayName: string): TunnelText | null {
  switch (tunnel.status) {
    case 'closed':
      return null;
    case 'open':
      return tunnel.draining === true
        ? {
            title: 'The relay is about to stop',
            text: 'What is under way finishes there. Causeway moves to the next relay by itself.',
            tone: 'quiet',
          }
        : null;
    case 'connecting':
      return { title: `Connecting to ${relayName}`, text: `${waitingText(tunnel.waiting)}${wait}`, tone: 'quiet' };
    case 'reconnecting':
      return {
        title:
          tunnel.problem.code === 'relay-draining' ? 'The relay is restarting' : `Waiting for ${relayName} to answer`,
        text: `${tunnel.problem.detail} ${waitingText(tunnel.waiting)}${wait}`,
        tone: 'warning',
      };
    default:
      return assertNever(tunnel);
  }
}

/** How many wait right now, as a sentence; empty for none. */
export function waitingText(waiting: number | undefined): string {
  if (waiting === undefined || waiting === 0) return '';
  return `${formatCount(waiting, 'connection is', 'connections are')} waiting. `;
}
