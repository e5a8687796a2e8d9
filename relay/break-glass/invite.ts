import { AccessError } from '../../shared/errors.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { BreakGlassAccount, BreakGlassConfig } from '../config/break-glass-schema.ts';
import type { Config } from '../config/config-schema.ts';
import { personHash } from '../identity/person-key.ts';
import type { BreakGlassStore } from './break-glass-store.ts';
import { newId } from './flow.ts';
import { type Inviter, inviterNames } from './two-people.ts';

/** @throws AccessError `bad-input` when the config has none */
export function requireBreakGlass({ break_glass: settings }: Pick<Config, 'break_glass'>): BreakGlassConfig {
  if (settings !== undefined) return settings;
  throw new AccessError('bad-input', 'The config has no section “break_glass”. See docs/break-glass.md.');
}

/** @throws AccessError `bad-input` when the config has no such account */
export function requireAccount({ accounts }: BreakGlassConfig, name: string): BreakGlassAccount {
  const account = accounts.find((one) => one.name === name);
  if (account !== undefined) return account;
  const names = accounts.map((one) => one.name).join(', ');
  throw new AccessError(
    'bad-input',
    `The config has no account “${name}” under break_glass.accounts. There is: ${names}.`,
  );
}

/**
 * Makes a link by which one person enrols for an account, once; earlier links stop working. Only this answer ever holds it.
 * @param by who makes it and why, and how the account is before, in words
 * @throws AccessError `bad-input` for an account that the config doesn’t have, or that is disabled
 */
export function inviteToBreakGlass(
  config: Pick<Config, 'break_glass' | 'relay'>,
  store: BreakGlassStore,
  name: string,
  by: {
    readonly author: string;
    /** Who it is at the admin API; null, or left out, for who can open the relay’s files. */
    readonly person?: Inviter | null;
    readonly reason: string;
    readonly before: string;
  },
  nowMs: number,
): { readonly link: string; readonly expiresAtMs: number; readonly note: string } {
  const settings = requireBreakGlass(config);
  requireAccount(settings, name);
  if (store.account(name)?.disabled === true)
    throw new AccessError('bad-input', `The account “${name}” is disabled. Enable it first.`);
  const token = newId();
  const expiresAtMs = nowMs + settings.invitation_hours * 3_600_000;
  const until = new Date(expiresAtMs).toISOString();
  const note = `${by.author} has made a link for enrolment to the break-glass account ${name}, until ${until}: ${by.reason} (before: ${by.before})`;
  const person = by.person ?? null;
  const inviter = person === null ? {} : { invitedBy: personHash(person), invitedAs: inviterNames(person) };
  store.invite(token, { account: name, by: by.author, ...inviter }, expiresAtMs, note);
  return { link: `${breakGlassIssuerOf(config)}/enrol/${token}`, expiresAtMs, note };
}
