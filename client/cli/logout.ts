import { AccessError } from '../../shared/errors.ts';
import { accountLabel } from '../../shared/profile-labels.ts';
import { type CommandContext, settledProfile } from './command-context.ts';

/** `causeway logout` */
export async function logout(context: CommandContext): Promise<void> {
  const { core, terminal } = context;
  const profile = await settledProfile(context);
  if (!profile) throw new AccessError('not-signed-in', 'There is nothing to sign out of.');
  // Throws when something secret stays.
  await core.signOut(profile.id);
  const signIn = core.snapshot().profiles.find(({ id }) => id === profile.id)?.signIn;
  terminal.result(
    { type: 'signed-out', profileId: profile.id, relayUrl: profile.relayUrl },
    `Signed out of ${accountLabel(core.snapshot(), profile)}. Nothing secret of it is left on this computer.`,
  );
  if (signIn?.status === 'signed-out' && signIn.problem) terminal.problem(signIn.problem);
}
