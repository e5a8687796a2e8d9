import { causeOf } from '../shared/cause.ts';
import type { ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';

/** What the state says to updates: whether a restart would be noticed, and whether a relay demands a newer version. Pure. */
export function updateNeeds({ profiles }: Pick<Snapshot, 'profiles'>): {
  readonly inUse: boolean;
  readonly isRequired: boolean;
} {
  return {
    inUse: profiles.some(({ connections }) => Object.values(connections).some(isBusy)),
    isRequired: profiles.some(isTooOld),
  };
}

function isBusy(connection: ProfileSnapshot['connections'][string]): boolean {
  return connection.status === 'on' && (connection.openStreams > 0 || connection.requestsPerSecond > 0);
}

/** A relay that was only tried has no say: anybody can make one that demands whatever version there is. */
function isTooOld(profile: ProfileSnapshot): boolean {
  const { signIn, account, person } = profile;
  const wasSignedIn = signIn.status === 'signed-in' || account !== undefined || person !== undefined;
  if (!wasSignedIn) return false;
  return (
    causeOf(profile)?.code === 'client-too-old' || ('problem' in signIn && signIn.problem?.code === 'client-too-old')
  );
}
