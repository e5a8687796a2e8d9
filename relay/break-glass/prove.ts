import type { BreakGlassAccount } from '../config/break-glass-schema.ts';
import type { Passkey, StoredAccount } from './account.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { newTotpSecret, stepOfCode } from './one-time-code.ts';
import { isPassphrase } from './passphrase.ts';
import { passkeyIdOf, verifySignIn } from './passkeys.ts';
import { pageText } from '../page-texts/page-text.ts';
import { Refusal } from './refusal.ts';
import type { WayIn } from './two-people.ts';

/** Somebody whose account it is. */
export interface Proved {
  readonly account: BreakGlassAccount;
  readonly how: 'passkey' | 'passphrase';
  /** Of what it was proved with. */
  readonly invitedBy: WayIn['invitedBy'];
  readonly invitedAs: WayIn['invitedAs'];
}

/** A wrong answer; the person may try again. */
export class WrongAnswer extends Refusal {
  constructor() {
    super(403, () => pageText('break-glass.refused.no-match'));
  }
}

/** Stands in for the secret of an account that there isn’t. */
const nobodysSecret = newTotpSecret();

/**
 * Who a form says and proves somebody is: by a passkey’s answer to `challenge`, or by passphrase and one-time code. What was
 * wrong is for the record alone: pages answer the same in the same time, whether there is such an account or not.
 * @throws Refusal {@link WrongAnswer}, or 429 with how long to wait
 */
export async function prove(
  parts: BreakGlassParts,
  form: URLSearchParams,
  challenge: string | null,
  address: string,
): Promise<Proved> {
  const answer = form.get('answer');
  if (answer !== null) return provePasskey(parts, answer, challenge, address);
  const name = (form.get('name') ?? '').trim().toLowerCase();
  return provePassphrase(parts, name, form, address);
}

async function provePasskey(
  parts: BreakGlassParts,
  text: string,
  challenge: string | null,
  address: string,
): Promise<Proved> {
  const { attempts, store, party, settings, announce } = parts;
  // Nobody guesses a signature: strangers can’t lock the account out.
  const attempt = { account: null, isKnown: false, address };
  begin(parts, attempt, null);
  const answer = parseJson(text);
  const id = passkeyIdOf(answer);
  const owner = store.accounts().find(({ credentials }) => credentials?.passkeys.some((passkey) => passkey.id === id));
  const passkey = owner?.credentials?.passkeys.find((one) => one.id === id);
  const refuse = (reason: string): never => {
    announce.refused(`passkey: ${reason}`, owner?.name ?? null, address);
    throw new WrongAnswer();
  };
  if (owner === undefined || passkey === undefined) return refuse('isn’t one of this relay');
  if (challenge === null) return refuse('the answer came twice');
  let counter = 0;
  try {
    counter = await verifySignIn(answer, challenge, party, passkey);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const account = usable(owner, settings().accounts, 'passkey');
  if (account === null) return refuse('the account can’t be used: it is disabled, or the config has it no more');
  if (!didCount(parts, owner.name, passkey, counter)) return refuse('its counter was used before: it may be a copy');
  attempts.succeeded(attempt);
  return { account, how: 'passkey', invitedBy: passkey.invitedBy, invitedAs: passkey.invitedAs };
}

/** Keeps the counter, unless another sign-in was quicker with this one. */
function didCount({ store }: BreakGlassParts, name: string, passkey: Passkey, counter: number): boolean {
  return store.use(name, ({ credentials }) => {
    const stored = credentials?.passkeys.find(({ id }) => id === passkey.id);
    if (credentials === null || stored === undefined) return null;
    if (counter > 0 && counter <= stored.counter) return null;
    const passkeys = credentials.passkeys.map((one) => (one.id === passkey.id ? { ...one, counter } : one));
    return { ...credentials, passkeys };
  });
}

async function provePassphrase(
  parts: BreakGlassParts,
  name: string,
  form: URLSearchParams,
  address: string,
): Promise<Proved> {
  const { attempts, store, settings, announce, now } = parts;
  const configured = settings().accounts.some((account) => account.name === name);
  const attempt = { account: name, isKnown: configured, address };
  begin(parts, attempt, configured ? name : null);
  const stored = configured ? store.account(name) : null;
  const kept = stored?.credentials?.passphrase ?? null;
  const isRight = await isPassphrase(form.get('passphrase') ?? '', kept);
  const step = stepOfCode(form.get('code') ?? '', kept?.totpSecret ?? nobodysSecret, kept?.lastStep ?? 0, now());
  const account = stored === null ? null : usable(stored, settings().accounts, 'passphrase');
  const refuse = (reason: string): never => {
    // A name that is none may be a passphrase in the wrong field.
    announce.refused(`passphrase: ${reason}`, configured ? name : null, address);
    throw new WrongAnswer();
  };
  if (!configured) return refuse('no such account');
  if (kept === null) return refuse('nobody has enrolled one');
  if (!isRight) return refuse('it is wrong');
  if (step === null) return refuse('the one-time code is wrong, or was used before');
  if (account === null) return refuse('the account can’t be used: it is disabled, or signs in by passkey');
  if (!didUseCode(parts, name, step)) return refuse('the one-time code was used before');
  attempts.succeeded(attempt);
  return { account, how: 'passphrase', invitedBy: kept.invitedBy, invitedAs: kept.invitedAs };
}

/** Keeps that the code was used, unless another sign-in was quicker with it. */
function didUseCode({ store }: BreakGlassParts, name: string, step: number): boolean {
  return store.use(name, ({ credentials }) => {
    if (credentials?.passphrase === undefined || credentials.passphrase === null) return null;
    if (step <= credentials.passphrase.lastStep) return null;
    return { ...credentials, passphrase: { ...credentials.passphrase, lastStep: step } };
  });
}

function begin(
  { attempts, announce }: BreakGlassParts,
  attempt: Parameters<BreakGlassParts['attempts']['begin']>[0],
  known: string | null,
): void {
  const waitMs = attempts.begin(attempt);
  if (waitMs === 0) return;
  announce.locked(known, attempt.address, waitMs);
  const seconds = Math.ceil(waitMs / 1000);
  const sentence = (): string =>
    seconds < 90
      ? pageText('break-glass.refused.wait-seconds', { count: seconds })
      : pageText('break-glass.refused.wait-minutes', { count: Math.ceil(seconds / 60) });
  throw new Refusal(429, sentence, { 'Retry-After': String(seconds) });
}

/** The account of the config, when somebody may sign in with it this way. */
function usable(
  stored: StoredAccount,
  accounts: readonly BreakGlassAccount[],
  how: BreakGlassAccount['sign_in'],
): BreakGlassAccount | null {
  const account = accounts.find(({ name }) => name === stored.name);
  return account === undefined || stored.disabled || account.sign_in !== how ? null : account;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
