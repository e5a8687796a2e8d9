import type { CatalogEntry } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { type SharedContext, settledProfile } from './command-context.ts';
import { lockText } from './lock-text.ts';
import { ProblemShown } from './problem-shown.ts';

/** The APIs of a signed-in profile. @throws ProblemShown or AccessError when they aren't known */
export function apisOf(profile: ProfileSnapshot | undefined): readonly CatalogEntry[] {
  if (!profile) throw new AccessError('not-signed-in', 'No relay is known here. Run: causeway login <relay>');
  const { signIn, catalog } = profile;
  if (signIn.status === 'expired') throw new ProblemShown(signIn.problem);
  if (signIn.status === 'signed-out' && signIn.problem) throw new ProblemShown(signIn.problem);
  if (signIn.status !== 'signed-in') {
    throw new AccessError('not-signed-in', `Nobody is signed in to ${profile.relayName} here. Run: causeway login`);
  }
  if (catalog.status === 'failed') throw new ProblemShown(catalog.problem);
  return catalog.status === 'ready' ? catalog.catalog.apis : [];
}

function row(entry: CatalogEntry, width: number): string {
  const lock = entry.unlockedBy.length > 0 ? `locked; opened by ${entry.unlockedBy.join(' or ')}` : 'locked';
  const line = `${entry.id.padEnd(width)}  ${(entry.access === 'open' ? levelText(entry.level) : lock).padEnd(14)}  ${entry.name}`;
  return entry.lock === undefined ? line : `${line}\n${' '.repeat(width)}  ${lockText(entry.lock)}`;
}

function levelText(level: CatalogEntry['level']): string {
  return level === 'none' ? 'locked' : text(`access.level.${level}`);
}

/** `causeway apis` */
export async function apis(context: SharedContext): Promise<void> {
  const profile = await settledProfile(context);
  const entries = apisOf(profile);
  const width = Math.max(4, ...entries.map((entry) => entry.id.length));
  context.terminal.result(
    { type: 'apis', apis: entries, ports: profile?.ports ?? {} },
    entries.length === 0 ? 'No API is listed for you.' : entries.map((entry) => row(entry, width)).join('\n'),
  );
  const problem = profile?.catalog.status === 'ready' ? profile.catalog.problem : null;
  if (problem) context.terminal.problem(problem);
}
