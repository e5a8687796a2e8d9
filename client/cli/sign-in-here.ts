import { AccessError } from '../../shared/errors.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { chosenProfile, type CommandContext, snapshotWhere } from './command-context.ts';
import { ProblemShown } from './problem-shown.ts';

/** The relay of the command line, of the environment, or of the last time. @throws AccessError `bad-input` */
export function relayToUse(context: CommandContext, typed: string | undefined): string {
  const relay = typed ?? context.relay ?? chosenProfile(context, context.core.snapshot())?.relayUrl;
  if (relay === undefined) {
    throw new AccessError('bad-input', 'Which relay? Name its address: causeway login relay.example.com');
  }
  return relay;
}

/**
 * Signs in and waits until the APIs are known.
 * @throws ProblemShown with what stopped it
 */
export async function signInHere(context: CommandContext, relay: string): Promise<ProfileSnapshot> {
  const { core, terminal } = context;
  const { profileId } = await core.signIn(relay);
  const cancel = (): void => core.cancelSignIn(profileId);
  context.interrupted.addEventListener('abort', cancel, { once: true });
  const find = (snapshot: ReturnType<typeof core.snapshot>) => snapshot.profiles.find(({ id }) => id === profileId);
  const busy = new Set(['contacting', 'waiting-for-browser', 'finishing']);
  terminal.note('Waiting for the sign-in in your browser. Ctrl+C stops it.');
  try {
    const snapshot = await snapshotWhere(
      core,
      (candidate) => {
        const profile = find(candidate);
        if (!profile || busy.has(profile.signIn.status)) return false;
        return profile.signIn.status !== 'signed-in' || ['ready', 'failed'].includes(profile.catalog.status);
      },
      new AbortController().signal,
    );
    const profile = find(snapshot);
    if (!profile) throw new AccessError('internal', 'The profile is gone.');
    const { signIn } = profile;
    if (signIn.status === 'expired') throw new ProblemShown(signIn.problem);
    if (signIn.status === 'signed-out' && signIn.problem) throw new ProblemShown(signIn.problem);
    return profile;
  } finally {
    context.interrupted.removeEventListener('abort', cancel);
  }
}
