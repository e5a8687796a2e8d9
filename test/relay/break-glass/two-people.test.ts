import { expect, it } from 'vitest';
import type { Credentials } from '../../../relay/break-glass/account.ts';
import { haveTwoPeople, inviterNames } from '../../../relay/break-glass/two-people.ts';

const passkey = (invitedBy: string | undefined) => ({
  id: 'k',
  publicKey: 'p',
  counter: 0,
  transports: [],
  addedAtMs: 1,
  ...(invitedBy === undefined ? {} : { invitedBy }),
});
const account = (...invitedBy: readonly (string | undefined)[]): { readonly credentials: Credentials | null } => ({
  credentials: { userHandle: 'u', passkeys: invitedBy.map(passkey), passphrase: null },
});

const kim = { person: 'Kim.Lee', ...account('omar') };
const byKim = {
  credentials: {
    userHandle: 'u',
    passkeys: [{ ...passkey('k'), invitedAs: inviterNames({ subject: 's-17', username: 'kim.lee' }) }],
    passphrase: null,
  },
};

it.each<
  [
    what: string,
    accounts: readonly { readonly person?: string; readonly credentials: Credentials | null }[],
    isEnough: boolean,
  ]
>([
  ['nobody', [], false],
  ['one account, whoever made its links', [account('dana', 'omar')], false],
  ['all by links of one owner', [account('dana'), account('dana'), account('dana', 'dana')], false],
  ['one with nothing', [account('dana'), account(), { credentials: null }], false],
  ['links of two owners', [account('dana'), account('dana'), account('omar')], true],
  ['a spare passkey by another owner’s link', [account('dana'), account('dana', 'omar')], true],
  ['one’s own, and one by their link', [kim, byKim], false],
  ['the same with a third', [kim, byKim, account('ada')], true],
  ['links of root alone, or of earlier relays', [account(undefined), account(undefined)], true],
  ['one of root’s', [account('dana'), account(undefined)], true],
])('two people could sign in together: %s', (_what, accounts, isEnough) => {
  expect(haveTwoPeople(accounts)).toBe(isEnough);
});
