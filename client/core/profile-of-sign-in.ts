import { randomBytes } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import { profileIdOf } from '../network/relay-address.ts';
import type { SignInWishes } from '../profile/wishes.ts';

interface Known {
  readonly id: string;
  record(): Pick<ProfileRecord, 'relayUrl'>;
  isEstablished(): boolean;
}

/**
 * The profile that a sign-in at a relay is for: the one that is named, else the one in front if it is at that relay, else
 * the first there. Null for a further account, and where the relay is new. Pure.
 * @throws AccessError `bad-input` when the one that is named is at another relay, or gone
 */
export function profileOfSignIn<Profile extends Known>(
  profiles: readonly Profile[],
  currentProfileId: string | null,
  relayUrl: string,
  { profileId, another = false }: Pick<SignInWishes, 'profileId' | 'another'>,
): Profile | null {
  const there = profiles.filter((profile) => profile.record().relayUrl === relayUrl);
  if (profileId !== undefined) {
    const named = there.find(({ id }) => id === profileId);
    if (named === undefined) throw new AccessError('bad-input', text('failure.no-profile', { profile: profileId }));
    return named;
  }
  // A further account that was begun and not signed in to yet is the one that is meant again.
  if (another) return there.find((profile) => !profile.isEstablished()) ?? null;
  return there.find(({ id }) => id === currentProfileId) ?? there[0] ?? null;
}

/**
 * The record of a new account. The first at a relay is called like it, so that programs that sign in there at once mean
 * the same one; nothing else reads an id.
 */
export function newProfileRecord(relayUrl: string, isTaken: (id: string) => boolean): ProfileRecord {
  const first = profileIdOf(relayUrl);
  const id = isTaken(first) ? `account-${randomBytes(6).toString('hex')}` : first;
  return { id, relayUrl, relayName: new URL(relayUrl).host, ports: {}, favourites: [], connected: [] };
}
