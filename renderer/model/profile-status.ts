import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { assertNever } from '../../shared/errors.ts';

/** How a profile is doing, in one word for the sidebar; `tone` picks colour and icon. */
export interface ProfileStatus {
  readonly label:
    | 'Connected'
    | 'Ready'
    | 'Connecting'
    | 'Reconnecting'
    | 'Signing in'
    | 'Signed out'
    | 'Needs attention';
  readonly tone: 'ok' | 'busy' | 'off' | 'attention';
}

/** Derives the one status of a profile; never “Connected” without a living sign-in. */
export function profileStatusOf(profile: Pick<ProfileSnapshot, 'signIn' | 'tunnel'>): ProfileStatus {
  const { signIn, tunnel } = profile;
  switch (signIn.status) {
    case 'signed-out':
      return { label: 'Signed out', tone: 'off' };
    case 'choosing-issuer':
    case 'contacting':
    case 'waiting-for-browser':
    case 'finishing':
      return { label: 'Signing in', tone: 'busy' };
    case 'expired':
      return { label: 'Needs attention', tone: 'attention' };
    case 'signed-in':
      switch (tunnel.status) {
        case 'open':
          return { label: 'Connected', tone: 'ok' };
        case 'connecting':
          return { label: 'Connecting', tone: 'busy' };
        case 'reconnecting':
          return { label: 'Reconnecting', tone: 'busy' };
        case 'closed':
          return { label: 'Ready', tone: 'off' };
        default:
          return assertNever(tunnel);
      }
    default:
      return assertNever(signIn);
  }
}
