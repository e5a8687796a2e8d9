import { createInterface } from 'node:readline/promises';
import { breakGlassWarning } from '../../shared/break-glass.ts';
import { AccessError } from '../../shared/errors.ts';
import { managedRelays } from '../../shared/managed/managed-settings.ts';
import { nothingManaged } from '../../shared/managed/managed-state.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { chosenProfile } from './chosen-profile.ts';
import { type CommandContext, snapshotWhere } from './command-context.ts';
import { parseRelayAddress } from '../network/relay-address.ts';
import type { SignInWishes } from '../profile/wishes.ts';
import { ProblemShown } from './problem-shown.ts';

/** The relay of the command line, of the environment, of the last time, or the first that IT has set. @throws AccessError `bad-input` */
export function relayToUse(context: CommandContext, typed: string | undefined): string {
  const managed = managedRelays(context.core.snapshot().managed ?? nothingManaged)[0];
  const suggested = process.env['CAUSEWAY_RELAY_URL']?.trim() || undefined;
  const relay = typed ?? context.relay ?? relayInFront(context) ?? managed ?? suggested;
  if (relay === undefined) {
    throw new AccessError(
      'bad-input',
      'Which relay? Sign in first (causeway login relay.example.com), or name it with --relay.',
    );
  }
  return relay;
}

function relayInFront({ account, core }: CommandContext): string | undefined {
  const snapshot = core.snapshot();
  const chosen = chosenProfile({ relay: undefined, account }, snapshot);
  return (chosen ?? chosenProfile({ relay: undefined, account: undefined }, snapshot))?.relayUrl;
}

/** Which account at the relay the command line means: a known one, else a further one that is called so. */
export function accountToUse({ account, core }: CommandContext, relay: string) {
  const { profiles, currentProfileId } = core.snapshot();
  const relayUrl = parseRelayAddress(relay);
  const there = profiles.filter((profile) => profile.relayUrl === relayUrl);
  const chosen = chosenProfile({ relay: relayUrl, account }, { ...core.snapshot(), profiles: there, currentProfileId });
  if (chosen !== undefined) return { profileId: chosen.id };
  return { another: there.length > 0, ...(account === undefined ? {} : { loginHint: account }) };
}

type Step = Extract<SignInState, { status: 'choosing-issuer' | 'waiting-for-browser' }>;

/** Tells the person, once per step, what to do. @throws AccessError `bad-input` when it can't be asked here */
async function guide(context: CommandContext, profileId: string, step: Step): Promise<void> {
  const { core, terminal, interrupted } = context;
  if (step.status === 'waiting-for-browser') {
    if (step.userCode === undefined) terminal.note('Waiting for the sign-in in your browser. Ctrl+C stops it.');
    else {
      const { url, userCode } = step;
      terminal.result(
        { type: 'enter-code', url, userCode, givesUpAtMs: step.givesUpAtMs },
        `Open this page on any device and enter the code:\n\n  ${url}\n  ${userCode}\n`,
      );
    }
    return;
  }
  const names = step.issuers.map(({ name }) => name);
  if (terminal.json || !process.stdin.isTTY) {
    throw new AccessError('bad-input', `Which sign-in service? Name it with --issuer: ${names.join(', ')}.`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const list = names.map((name, index) => `  ${index + 1}  ${name}`).join('\n');
    const answer = await lines.question(`Where do you sign in?\n${list}\nNumber: `, { signal: interrupted });
    const chosen = step.issuers[Number(answer) - 1];
    if (!chosen) throw new AccessError('bad-input', `“${answer}” isn’t one of the numbers.`);
    core.chooseIssuer(profileId, chosen.issuer);
  } finally {
    lines.close();
  }
}

/** Where company sign-in can’t be reached, and the relay has accounts of its own, says how they are used. */
function tellOfBreakGlass({ terminal, wishes }: CommandContext, { signIn, offersBreakGlass }: ProfileSnapshot): void {
  if (offersBreakGlass !== true || wishes.breakGlass === true) return;
  const problem = signIn.status === 'signed-out' || signIn.status === 'expired' ? signIn.problem : null;
  if (problem?.code === 'idp-unreachable')
    terminal.note(`Have you an emergency account? “causeway login --break-glass” uses it. ${breakGlassWarning}`);
}

/**
 * Signs in and waits until the APIs are known.
 * @throws ProblemShown with what stopped it
 */
export async function signInHere(
  context: CommandContext,
  relay: string,
  which: Pick<SignInWishes, 'profileId' | 'another' | 'loginHint'> = {},
): Promise<ProfileSnapshot> {
  const { core } = context;
  if (context.wishes.breakGlass === true) context.terminal.note(breakGlassWarning);
  const { profileId } = await core.signIn(relay, { ...context.wishes, ...which });
  const cancel = (): void => core.cancelSignIn(profileId);
  context.interrupted.addEventListener('abort', cancel, { once: true });
  // Who turned out to be known here is signed in at their own place, which is in front then.
  const find = ({ profiles, currentProfileId }: Snapshot) =>
    profiles.find(({ id }) => id === profileId) ?? profiles.find(({ id }) => id === currentProfileId);
  const unguided = new AbortController();
  let guided: SignInState['status'] | null = null;
  try {
    const snapshot = await snapshotWhere(
      core,
      (candidate) => {
        const profile = find(candidate);
        if (!profile) return false;
        const { signIn, catalog } = profile;
        switch (signIn.status) {
          case 'choosing-issuer':
          case 'waiting-for-browser':
            if (guided !== signIn.status) {
              guided = signIn.status;
              guide(context, profileId, signIn).catch((error: unknown) => {
                cancel();
                unguided.abort(error);
              });
            }
            return false;
          case 'contacting':
          case 'finishing':
            return false;
          case 'signed-in':
            return ['ready', 'failed'].includes(catalog.status);
          case 'signed-out':
          case 'expired':
            return true;
        }
      },
      unguided.signal,
    );
    const profile = find(snapshot);
    if (!profile) throw new AccessError('internal', 'The profile is gone.');
    const { signIn } = profile;
    tellOfBreakGlass(context, profile);
    if (signIn.status === 'expired') throw new ProblemShown(signIn.problem);
    if (signIn.status === 'signed-in' && signIn.tryProblem) throw new ProblemShown(signIn.tryProblem);
    if (signIn.status === 'signed-out' && signIn.problem) throw new ProblemShown(signIn.problem);
    return profile;
  } finally {
    context.interrupted.removeEventListener('abort', cancel);
  }
}
