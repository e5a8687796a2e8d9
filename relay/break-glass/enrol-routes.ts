import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BreakGlassAccount } from '../config/break-glass-schema.ts';
import { type Credentials, mostPasskeys, type Passkey, type Passphrase } from './account.ts';
import { networkOf } from '../config/values/address-network.ts';
import { PageError } from '../page-texts/page-error.ts';
import { pageText, type Sentence } from '../page-texts/page-text.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { beginFlow, type EnrolFlow, flowOf } from './flow.ts';
import { type Invitation, itemKey } from './invitations.ts';
import { stepOfCode, totpEnrolment, totpSecretOf } from './one-time-code.ts';
import { enrolPasskeyPage, enrolPassphrasePage, messagePage, sendPage } from './pages.ts';
import { hashPassphrase, weakness } from './passphrase.ts';
import { enrolmentOptions, newUserHandle, verifyEnrolment } from './passkeys.ts';
import { Refusal } from './refusal.ts';

/** Enrolment by a link: opened as often as one likes, used once. */
export interface EnrolRoutes {
  open(request: IncomingMessage, response: ServerResponse, token: string, address: string): Promise<void>;
  enrol(request: IncomingMessage, response: ServerResponse, form: URLSearchParams, address: string): Promise<void>;
}

const spentLink = (): Refusal => new Refusal(404, () => pageText('break-glass.refused.spent-link'));

export function createEnrolRoutes(parts: BreakGlassParts): EnrolRoutes {
  const { store, settings, party, log, now } = parts;

  function invited(invitation: string): BreakGlassAccount {
    const name = store.invitation(invitation)?.account;
    const account = settings().accounts.find((one) => one.name === name);
    if (account === undefined) throw spentLink();
    return account;
  }

  async function show(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    flow: EnrolFlow,
    account: BreakGlassAccount,
    shown: { readonly status?: number; readonly problem?: Sentence; readonly headers?: Record<string, string> } = {},
  ): Promise<void> {
    const { status = 200, problem, headers = {} } = shown;
    const state = { flow: id, problem };
    if (account.sign_in === 'passphrase') {
      const totp = totpEnrolment(totpSecretOf(id), `${parts.relayName} emergency`, account.name);
      const minLength = settings().passphrase_min_length;
      sendPage(request, response, status, () => enrolPassphrasePage(state, account.name, totp, minLength), headers);
      return;
    }
    const { name, full_name: fullName = name } = account;
    const passkeys = store.account(name)?.credentials?.passkeys ?? [];
    if (passkeys.length >= mostPasskeys)
      throw new Refusal(409, () => pageText('break-glass.refused.most-passkeys', { count: mostPasskeys }));
    const options = await enrolmentOptions(party, { name, fullName }, { userHandle: flow.userHandle, passkeys });
    store.replace('flow', id, { ...flow, challenge: options.challenge });
    sendPage(request, response, status, () => enrolPasskeyPage(state, name, options), headers);
  }

  /** What the form brings, or why it can’t be used. */
  async function offered(
    id: string,
    flow: EnrolFlow,
    account: BreakGlassAccount,
    form: URLSearchParams,
  ): Promise<Offer | Sentence> {
    if (account.sign_in === 'passkey') {
      try {
        const answer: unknown = JSON.parse(form.get('answer') ?? '');
        return { passkey: await verifyEnrolment(answer, flow.challenge ?? '', party, now()) };
      } catch (error) {
        log.warn({ account: account.name, err: error }, 'a passkey can’t be enrolled');
        return () => pageText('break-glass.refused.passkey');
      }
    }
    const passphrase = form.get('passphrase') ?? '';
    const weak = weakness(passphrase, account.name, settings().passphrase_min_length);
    if (weak !== null) return () => pageText('break-glass.refused.weak', { why: weak() });
    if (passphrase !== form.get('repeated')) return () => pageText('break-glass.refused.differ');
    const totpSecret = totpSecretOf(id);
    const step = stepOfCode(form.get('code') ?? '', totpSecret, 0, now());
    if (step === null) return () => pageText('break-glass.refused.code');
    return { passphrase: { ...(await hashPassphrase(passphrase)), totpSecret, lastStep: step } };
  }

  return {
    async open(request, response, token, address) {
      const invitation = itemKey(token);
      const account = invited(invitation);
      const { id, flow, endsAtMs, headers } = beginFlow<EnrolFlow>(parts, request, address, {
        type: 'enrol',
        invitation,
        account: account.name,
        challenge: null,
        userHandle: store.account(account.name)?.credentials?.userHandle ?? newUserHandle(),
      });
      store.put('flow', id, flow, endsAtMs, networkOf(address));
      await show(request, response, id, flow, account, { headers });
    },

    async enrol(request, response, form, address) {
      const id = form.get('flow') ?? '';
      const { flow } = flowOf(parts, request, id, 'enrol');
      const account = invited(flow.invitation);
      const offer = await offered(id, flow, account, form).catch((error: unknown) => {
        if (error instanceof PageError) return error.sentence;
        throw error;
      });
      if (typeof offer === 'function') {
        await show(request, response, id, flow, account, { status: 403, problem: offer });
        return;
      }
      // Of two who have the link, one.
      if (store.take('flow', id) === null) throw spentLink();
      const kind = 'passkey' in offer ? 'a passkey' : 'a passphrase with one-time codes';
      const note = `Somebody at ${address} has enrolled ${kind} for the break-glass account ${account.name}, by its link.`;
      if (!store.enrol(flow.invitation, (before, by) => withOffer(before, flow, signed(offer, by)), note))
        throw spentLink();
      log.warn({ account: account.name, remoteAddress: address }, `break-glass: ${kind} was enrolled`);
      const text = (): string => pageText('break-glass.enrolled.text', { account: account.name });
      sendPage(request, response, 200, () => messagePage(pageText('break-glass.enrolled'), text()));
    },
  };
}

type Offer = { readonly passkey: Passkey } | { readonly passphrase: Passphrase };

/** Keeps with it who made the link: where two persons are demanded, one mustn’t be both. */
function signed(offer: Offer, { invitedBy, invitedAs }: Invitation): Offer {
  if (invitedBy === undefined) return offer;
  const by = { invitedBy, ...(invitedAs === undefined ? {} : { invitedAs }) };
  return 'passkey' in offer ? { passkey: { ...offer.passkey, ...by } } : { passphrase: { ...offer.passphrase, ...by } };
}

/** Passkeys stand side by side, so that there are spare ones; a passphrase takes the place of the one before. */
function withOffer(before: Credentials | null, { userHandle }: EnrolFlow, offer: Offer): Credentials {
  const known = before ?? { userHandle, passkeys: [], passphrase: null };
  return 'passkey' in offer
    ? { ...known, passkeys: [...known.passkeys, offer.passkey] }
    : { ...known, passphrase: offer.passphrase };
}
