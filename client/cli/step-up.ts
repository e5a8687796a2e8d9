import { AccessError } from '../../shared/errors.ts';
import { type StepUp, stepUpProblem } from '../../shared/step-up.ts';
import { type CommandContext, settledProfile, snapshotWhere } from './command-context.ts';
import { ProblemShown } from './problem-shown.ts';

/** `causeway step-up`: a fresh sign-in, which a running `causeway connect` and the next commands then use. */
export async function stepUp(
  context: CommandContext,
  options: { readonly maxAge?: number; readonly acr?: readonly string[] },
): Promise<void> {
  const { core, terminal, interrupted } = context;
  const profile = await settledProfile(context);
  if (profile?.signIn.status !== 'signed-in') {
    throw new AccessError('not-signed-in', 'Nobody is signed in here. Run: causeway login');
  }
  if (context.options.secrets.kind === 'memory') {
    throw new AccessError('bad-input', 'Without a place for secrets no other command can use a fresh sign-in.');
  }
  const demand: StepUp = {
    maxAgeSeconds: options.maxAge ?? 0,
    ...(options.acr === undefined ? {} : { acr: [...options.acr] }),
  };
  core.stepUp(profile.id, demand);
  const cancel = (): void => core.cancelSignIn(profile.id);
  interrupted.addEventListener('abort', cancel, { once: true });
  terminal.note('Waiting for the sign-in in your browser. Ctrl+C stops it.');
  try {
    const snapshot = await snapshotWhere(
      core,
      ({ profiles }) => {
        const state = profiles.find(({ id }) => id === profile.id)?.stepUp ?? null;
        return state === null || stepUpProblem(state) !== null;
      },
      new AbortController().signal,
    );
    const after = snapshot.profiles.find(({ id }) => id === profile.id);
    const problem = stepUpProblem(after?.stepUp);
    if (problem !== null) throw new ProblemShown(problem);
    terminal.result(
      { type: 'stepped-up', profileId: profile.id, relayUrl: profile.relayUrl },
      `Signed in afresh at ${profile.relayName}. Repeat the request.`,
    );
  } finally {
    interrupted.removeEventListener('abort', cancel);
  }
}
