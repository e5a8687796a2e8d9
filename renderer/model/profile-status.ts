import { type CauseFacts, causeOf, passesByItself } from '../../shared/cause.ts';
import { assertNever } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

/** How a profile is doing, in one word for the sidebar; `tone` picks colour and icon. */
export interface ProfileStatus {
  readonly label: string;
  readonly tone: 'ok' | 'busy' | 'off' | 'attention';
}

/** Derives the one status of a profile; never “Connected” without a living sign-in. */
export function profileStatusOf(profile: CauseFacts): ProfileStatus {
  const { signIn, tunnel } = profile;
  const cause = causeOf(profile);
  switch (signIn.status) {
    case 'signed-out':
      return { label: text('relays.status.signed-out'), tone: 'off' };
    case 'choosing-issuer':
    case 'contacting':
    case 'waiting-for-browser':
    case 'finishing':
      return { label: text('relays.status.signing-in'), tone: 'busy' };
    case 'expired':
      return { label: text('relays.status.attention'), tone: 'attention' };
    case 'signed-in':
      switch (tunnel.status) {
        case 'open':
          return { label: text('relays.status.connected'), tone: 'ok' };
        case 'connecting':
          return { label: text('relays.status.connecting'), tone: 'busy' };
        case 'reconnecting':
          return cause !== null && !passesByItself(cause)
            ? { label: text('relays.status.attention'), tone: 'attention' }
            : { label: text('relays.status.reconnecting'), tone: 'busy' };
        case 'closed':
          return { label: text('relays.status.ready'), tone: 'off' };
        default:
          return assertNever(tunnel);
      }
    default:
      return assertNever(signIn);
  }
}
