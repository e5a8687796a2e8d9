import { AccessError } from '../../shared/errors.ts';
import { accountLabel } from '../../shared/profile-labels.ts';
import type { NewDevice, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { exitCodes } from './exit-codes.ts';
import { type SharedContext, settledProfile } from './command-context.ts';
import { newDeviceText } from './new-device-text.ts';
import { updateText } from './update-text.ts';
import { problemText } from './terminal.ts';

/** `causeway status`: exit code 3 when the person must sign in. */
export async function status(context: SharedContext): Promise<void> {
  const { terminal, core } = context;
  const profile = await settledProfile(context);
  const { appVersion, secretStore } = core.snapshot();
  const newDevices = profile?.signIn.status === 'signed-in' ? await newDevicesOf(context, profile.id) : [];
  if (!profile) {
    terminal.result({ type: 'status', signedIn: false, relayUrl: null }, 'Not signed in. Run: causeway login <relay>');
    process.exitCode = exitCodes.signIn;
    return;
  }
  const { signIn, catalog } = profile;
  const signedIn = signIn.status === 'signed-in';
  const problem =
    'problem' in signIn
      ? signIn.problem
      : ((signedIn ? signIn.renewalProblem : null) ?? ('problem' in catalog ? catalog.problem : null));
  const person = catalog.status === 'ready' ? catalog.catalog.person : null;
  const lines = [`${profile.relayName} (${profile.relayUrl})`];
  if (signIn.status === 'signed-in') {
    const end = new Date(signIn.expiresAtMs).toLocaleTimeString();
    lines.push(
      `Signed in${person ? ` as ${person.name} (${person.groups.join(', ') || 'no groups'})` : ''}; renews before ${end}.`,
    );
  } else lines.push('Not signed in. Run: causeway login');
  const others = core.snapshot().profiles.filter(({ id }) => id !== profile.id);
  lines.push(...others.map((other) => otherLine(core.snapshot(), other)));
  if (profile.update !== undefined) lines.push(updateText(appVersion, profile.update));
  lines.push(...newDevices.map(newDeviceText));
  if (secretStore.kind === 'memory') lines.push(secretStore.reason);
  if (problem) lines.push('', problemText(problem));
  terminal.result(
    {
      type: 'status',
      signedIn,
      relayUrl: profile.relayUrl,
      relayName: profile.relayName,
      account: profile.account ?? null,
      signIn,
      person,
      others: others.map(({ relayUrl, account = null, signIn: { status: state } }) => ({
        relayUrl,
        account,
        signIn: state,
      })),
      update: profile.update ?? null,
      newDevices,
      secretStore: secretStore.kind,
      problem,
    },
    lines.join('\n'),
  );
  if (!signedIn) process.exitCode = exitCodes.signIn;
}

/** Another relay, or another account at the same, that commands reach by `--relay` and `--account`. */
function otherLine(snapshot: Snapshot, other: ProfileSnapshot): string {
  const state = ['signed-out', 'expired'].includes(other.signIn.status) ? 'not signed in' : 'signed in';
  return `Besides: ${accountLabel(snapshot, other)}, ${state}.`;
}

/** Sign-ins on devices that the person hadn't used before and hasn't been told of here. */
async function newDevicesOf({ core }: SharedContext, profileId: string): Promise<readonly NewDevice[]> {
  try {
    await core.sessions(profileId);
  } catch (error) {
    // What keeps the relay from answering is shown as such; an older one has no such list.
    if (!(error instanceof AccessError)) throw error;
  }
  return core.snapshot().profiles.find(({ id }) => id === profileId)?.newDevices ?? [];
}
