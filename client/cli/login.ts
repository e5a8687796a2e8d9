import type { CommandContext } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import { accountToUse, relayToUse, signInHere } from './sign-in-here.ts';

const keptWords = {
  keychain: 'in the system’s keychain',
  'encrypted-file': 'in an encrypted file',
  memory: 'in memory only',
} as const;

/** `causeway login [relay]` */
export async function login(context: CommandContext, typed: string | undefined): Promise<void> {
  const { core, terminal, options } = context;
  const relay = relayToUse(context, typed);
  await core.start();
  const profile = await signInHere(context, relay, accountToUse(context, relay));
  const { signIn, catalog } = profile;
  if (signIn.status !== 'signed-in') return;
  const person = catalog.status === 'ready' ? catalog.catalog.person : null;
  terminal.result(
    {
      type: 'signed-in',
      profileId: profile.id,
      relayUrl: profile.relayUrl,
      relayName: profile.relayName,
      account: profile.account ?? null,
      person,
      expiresAtMs: signIn.expiresAtMs,
      bound: signIn.bound,
      kept: signIn.kept,
    },
    `Signed in to ${profile.relayName}${person ? ` as ${person.name}` : ''}; kept ${keptWords[signIn.kept]}.`,
  );
  if (options.secrets.memoryReason !== null) {
    terminal.note(`${options.secrets.memoryReason} “causeway connect” signs in by itself.`);
  } else if (signIn.kept === 'memory') {
    terminal.note('The sign-in couldn’t be stored (is the disk full?), so it ends with this command.');
    process.exitCode = exitCodes.failed;
  }
  const problem = catalog.status === 'ready' || catalog.status === 'failed' ? catalog.problem : null;
  if (problem) terminal.problem(problem);
}
