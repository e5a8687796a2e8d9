import { isIP } from 'node:net';
import type { CheckableConfig } from './checkable-config.ts';
import { breakGlassGroup } from './break-glass-issuer.ts';
import { reportDuplicates } from './duplicates.ts';
import { networkRangeProblem } from './values/network-range.ts';
import type { Report } from './yaml-source.ts';

/** What of `break_glass` would not work on the day when it is needed. */
export function checkBreakGlass(config: CheckableConfig, report: Report): void {
  const { break_glass: settings, relay, shared_state: shared, storage } = config;
  if (settings === undefined) return;
  const at = (...path: readonly PropertyKey[]): readonly PropertyKey[] => ['break_glass', ...path];
  const { accounts } = settings;
  reportDuplicates(
    accounts,
    (account) => account.name,
    (index) => at('accounts', index, 'name'),
    'account',
    report,
  );
  for (const [index, { groups }] of accounts.entries())
    for (const [place, group] of groups.entries())
      if (group === breakGlassGroup) report(at('accounts', index, 'groups', place), 'is added by itself. Remove it.');
  if (settings.two_persons && new Set(accounts.map(({ name }) => name)).size < 2)
    report(at('two_persons'), 'needs a second account, of another person.');
  for (const [index, range] of (settings.networks ?? []).entries()) {
    const problem = networkRangeProblem(range);
    if (problem !== undefined) report(at('networks', index), `${problem}.`);
  }
  const { first_seconds: first, longest_minutes: longest } = settings.lockout;
  if (first > longest * 60)
    report(at('lockout', 'first_seconds'), `is longer than longest_minutes (${longest}). Make it shorter.`);
  const known = config.apis.flatMap((api) => api?.id ?? []);
  if (known.length === config.apis.length)
    for (const [index, id] of (settings.apis ?? []).entries())
      if (!known.includes(id)) report(at('apis', index), `names an API that isn’t under “apis”: ${id}.`);
  const host = relay === undefined ? '' : new URL(relay.url).hostname.replaceAll(/^\[|\]$/g, '');
  const withPasskey = accounts.findIndex(({ sign_in: how }) => how === 'passkey');
  if (isIP(host) !== 0 && withPasskey >= 0)
    report(
      at('accounts', withPasskey, 'sign_in'),
      `can’t be passkey while relay.url has an IP address: browsers keep passkeys for names (WebAuthn §5.1.2). Give the relay a name, or write sign_in: passphrase.`,
    );
  if ((storage !== undefined || shared?.store === 'redis') && shared?.secret === undefined)
    report(
      at('accounts'),
      'need “shared_state.secret”, so that each relay takes the sign-ins of the others. Write secret: ${file:PATH} there.',
    );
}
