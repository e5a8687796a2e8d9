import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessError } from '../../shared/errors.ts';
import { pageText, type Sentence } from '../page-texts/page-text.ts';
import { answerLocation, readAuthorizationRequest } from './authorization-request.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import {
  beginFlow,
  flowLifetimeMs,
  flowOf,
  type FoundFlow,
  keepProved,
  newId,
  type PendingApproval,
  sealFlow,
  type SignInFlow,
} from './flow.ts';
import { returnPage, sendPage, signInPage, waitPage } from './pages.ts';
import { signInOptions } from './passkeys.ts';
import { prove, type Proved } from './prove.ts';
import { Refusal, usedPage } from './refusal.ts';
import type { IssuedCode } from './token-route.ts';

const codeLifetimeMs = 60_000;
/** Without those that look alike. */
const approvalAlphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const approvalLength = 8;

/** The way of the person who signs in: from the client’s request to its code. */
export interface SignInRoutes {
  authorize(request: IncomingMessage, response: ServerResponse, query: string, address: string): Promise<void>;
  /** A form with a proof, for a flow of this kind. */
  prove(request: IncomingMessage, response: ServerResponse, form: URLSearchParams, address: string): Promise<void>;
  wait(request: IncomingMessage, response: ServerResponse, id: string): Promise<void>;
  cancel(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): void;
}

export function createSignInRoutes(parts: BreakGlassParts): SignInRoutes {
  const { store, settings, announce, issuer, now } = parts;

  async function show(
    request: IncomingMessage,
    response: ServerResponse,
    found: FoundFlow<SignInFlow>,
    shown: { readonly status?: number; readonly problem?: Sentence; readonly headers?: Record<string, string> } = {},
  ): Promise<void> {
    const options = await signInOptions(parts.party);
    const flow = sealFlow(parts, { ...found, flow: { ...found.flow, challenge: options.challenge } });
    const page = (): string => signInPage({ flow, problem: shown.problem }, options, parts.relayName);
    sendPage(request, response, shown.status ?? 200, page, shown.headers ?? {});
  }

  /** Records it, and only then gives out the code. @throws Refusal when it can’t be recorded, or it has ended meanwhile */
  async function finish(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    approvedBy: string | null,
  ): Promise<void> {
    const flow = store.take<SignInFlow>('proved', id);
    if (flow === null || flow.proof === null) throw usedPage();
    const { account, how, atMs } = flow.proof;
    const endsAtMs = atMs + settings().session_minutes * 60_000;
    try {
      await announce.signedIn({ account, how, approvedBy, provedAtMs: atMs, remoteAddress: flow.address, endsAtMs });
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      throw new Refusal(503, () => pageText('break-glass.refused.unrecorded'));
    }
    const code = newId();
    const issued: IssuedCode = {
      request: flow.request,
      account,
      how,
      approvedBy,
      provedAtMs: atMs,
      endsAtMs,
      sessionId: newId().slice(0, 22),
    };
    store.put('code', code, issued, now() + codeLifetimeMs);
    sendPage(request, response, 200, () => returnPage(answerLocation(flow.request, issuer, { code })));
  }

  function waitFor(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    approval: string,
    untilMs: number,
  ): void {
    sendPage(request, response, 200, () => waitPage(id, spaced(approval), `${issuer}/approve`, untilMs));
  }

  /** Asks for a second person, or goes on. */
  async function proved(
    request: IncomingMessage,
    response: ServerResponse,
    found: FoundFlow<SignInFlow>,
    { account, how, invitedBy, invitedAs }: Proved,
  ): Promise<void> {
    const { id, flow } = found;
    const { two_persons: needsSecond, approve_minutes: minutes } = settings();
    const proof = { account: account.name, how, atMs: now(), invitedBy, invitedAs };
    const withProof: SignInFlow = { ...flow, challenge: null, proof };
    if (!needsSecond) {
      keepProved(parts, found, withProof, now() + flowLifetimeMs);
      await finish(request, response, id, null);
      return;
    }
    const approval = Array.from(
      { length: approvalLength },
      () => approvalAlphabet[randomInt(approvalAlphabet.length)],
    ).join('');
    const untilMs = now() + minutes * 60_000;
    keepProved(parts, found, { ...withProof, approval }, untilMs);
    const pending: PendingApproval = { flow: id, account: account.name };
    store.put('approval', approval, pending, untilMs, flow.address);
    announce.note(
      `${account.name} has asked for a break-glass sign-in from ${flow.address}; a second person has to approve it.`,
    );
    waitFor(request, response, id, approval, untilMs);
  }

  return {
    async authorize(request, response, query, address) {
      const asked = readAuthorizationRequest(query, parts.consoleCallback());
      const { headers, ...begun } = beginFlow<SignInFlow>(parts, request, address, {
        type: 'sign-in',
        request: asked,
        challenge: null,
        proof: null,
        approval: null,
        decision: null,
      });
      await show(request, response, begun, { headers });
    },

    async prove(request, response, form, address) {
      const found = flowOf(parts, request, form.get('flow') ?? '', 'sign-in');
      const { flow } = found;
      if (flow.proof !== null) throw usedPage();
      // An answer counts once, whatever it says.
      const challenge = parts.takeChallenge(flow.challenge);
      let who: Proved;
      try {
        who = await prove(parts, form, challenge, address);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 403) throw error;
        await show(request, response, found, { status: error.status, problem: error.sentence });
        return;
      }
      await proved(request, response, found, who);
    },

    async wait(request, response, id) {
      const { flow } = flowOf(parts, request, id, 'sign-in');
      const { approval, decision } = flow;
      if (approval === null) throw new Refusal(400, () => pageText('break-glass.refused.no-approval'));
      if (decision === null) {
        const untilMs = (flow.proof?.atMs ?? now()) + settings().approve_minutes * 60_000;
        waitFor(request, response, id, approval, untilMs);
      } else if (decision.approved) await finish(request, response, id, decision.by);
      else {
        store.take('proved', id);
        const refused = { error: 'access_denied', error_description: 'The second person refused the sign-in' };
        sendPage(request, response, 200, () => returnPage(answerLocation(flow.request, issuer, refused)));
      }
    },

    cancel(request, response, form) {
      const { id, flow } = flowOf(parts, request, form.get('flow') ?? '', 'sign-in');
      store.take('proved', id);
      const cancelled = { error: 'access_denied', error_description: 'The person cancelled the sign-in' };
      sendPage(request, response, 200, () => returnPage(answerLocation(flow.request, issuer, cancelled)));
    },
  };
}

function spaced(approval: string): string {
  return `${approval.slice(0, 4)}-${approval.slice(4)}`;
}
