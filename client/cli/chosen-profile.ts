import { AccessError } from '../../shared/errors.ts';
import { profileLabels } from '../../shared/profile-labels.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';

/** What a command line says of which relay and which account there it means. */
export interface Choice {
  readonly relay: string | undefined;
  readonly account: string | undefined;
}

/**
 * The profile that a command is about: of those at the relay of `--relay` and with the account of `--account`, the last
 * used one, else the first; undefined if there is none.
 * @throws AccessError `bad-input` when what is said of the account fits several
 */
export function chosenProfile({ relay, account }: Choice, snapshot: Snapshot): ProfileSnapshot | undefined {
  const there = snapshot.profiles.filter(
    ({ relayUrl }) => relay === undefined || relay === relayUrl || `https://${relay}` === relayUrl,
  );
  const meant = account === undefined ? there : withAccount(there, account);
  return meant.find(({ id }) => id === snapshot.currentProfileId) ?? meant[0];
}

/** The same, for commands that need the account to be there. @throws AccessError `bad-input` naming those that are */
export function demandAccount(choice: Choice, snapshot: Snapshot): void {
  if (choice.account === undefined || chosenProfile(choice, snapshot) !== undefined) return;
  const known = [...profileLabels(snapshot.profiles).entries()].map(([id, label]) => {
    const name = snapshot.profiles.find((profile) => profile.id === id)?.account;
    return name === undefined || label.includes(name) ? label : `${label}: ${name}`;
  });
  throw new AccessError(
    'bad-input',
    `No account “${choice.account}” is known here. ${known.length === 0 ? 'Run: causeway login <relay>' : `Known: ${known.join('; ')}.`}`,
  );
}

/** By the whole name, else by the part before the @, else by the id. */
function withAccount(profiles: readonly ProfileSnapshot[], typed: string): readonly ProfileSnapshot[] {
  const wanted = typed.toLowerCase();
  const whole = profiles.filter(({ account, id }) => account?.toLowerCase() === wanted || id === typed);
  if (whole.length > 0) return whole;
  const short = profiles.filter(({ account }) => account?.toLowerCase().split('@')[0] === wanted);
  const names = new Set(short.map(({ account }) => account));
  if (names.size > 1) {
    throw new AccessError(
      'bad-input',
      `“${typed}” may be ${[...names].join(' or ')}: name one of them with --account.`,
    );
  }
  return short;
}
