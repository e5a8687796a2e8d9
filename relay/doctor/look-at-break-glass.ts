import { isEnrolled } from '../break-glass/account.ts';
import { readStoredAccounts } from '../break-glass/break-glass-store.ts';
import { haveTwoPeople } from '../break-glass/two-people.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether those who are to sign in when the provider is down could: on the day itself it is too late to enrol. */
export function lookAtBreakGlass({ loaded }: Patient): readonly Look[] {
  const { break_glass: settings, relay } = loaded.config;
  if (settings === undefined) return [skipped('', 'The config has no emergency accounts.')];
  const stored = new Map(readStoredAccounts(relay.data).map((account) => [account.name, account]));
  // Only owners at the operators’ port make links for somebody; root could do anything.
  const needsPeople = settings.two_persons && (loaded.config.admin?.roles.owner ?? []).length > 0;
  const looks = settings.accounts.map(({ name, person }): Look => {
    const account = stored.get(name);
    if (account?.disabled === true)
      return warning(name, 'It is disabled.', `Enable it (break-glass enable ${name}), or take it out of the config.`);
    if (account === undefined || !isEnrolled(account))
      return warning(name, 'Nobody has enrolled for it.', `Give its person a link: break-glass invite ${name}.`);
    if (needsPeople && person === undefined)
      return warning(
        name,
        'Its person has enrolled; the config doesn’t say who that is.',
        'Write “person: USER NAME” beside it: who has an account then makes no link for a second one.',
      );
    return fine(name, 'Its person has enrolled.');
  });
  const usable = settings.accounts.filter(({ name }) => {
    const account = stored.get(name);
    return account !== undefined && !account.disabled && isEnrolled(account);
  }).length;
  const needed = settings.two_persons ? 2 : 1;
  if (usable >= needed) {
    const enrolled = settings.accounts.flatMap(({ name, person }) => {
      const account = stored.get(name);
      return account === undefined || account.disabled ? [] : [{ ...account, person }];
    });
    if (needed === 1 || haveTwoPeople(enrolled)) return looks;
    const found =
      'Nobody could sign in: two persons are needed, and all have enrolled by links of the same owner, or of each other.';
    return [failure('', found, 'Have another owner, or root, give somebody a link (docs/break-glass.md).'), ...looks];
  }
  const found = `Nobody could sign in: ${needed === 2 ? 'two persons are' : 'one person is'} needed, ${usable} can.`;
  return [failure('', found, 'Have people enrol now (docs/break-glass.md).'), ...looks];
}
