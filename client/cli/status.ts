import { exitCodes } from './exit-codes.ts';
import { type CommandContext, settledProfile } from './command-context.ts';
import { problemText } from './terminal.ts';

/** `causeway status`: exit code 3 when the person must sign in. */
export async function status(context: CommandContext): Promise<void> {
  const { terminal, options } = context;
  const profile = await settledProfile(context);
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
  if (options.secrets.memoryReason !== null) lines.push(options.secrets.memoryReason);
  if (problem) lines.push('', problemText(problem));
  terminal.result(
    {
      type: 'status',
      signedIn,
      relayUrl: profile.relayUrl,
      relayName: profile.relayName,
      signIn,
      person,
      secretStore: options.secrets.kind,
      problem,
    },
    lines.join('\n'),
  );
  if (!signedIn) process.exitCode = exitCodes.signIn;
}
