import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BreakGlassParts } from './break-glass-parts.ts';
import {
  type ApproveFlow,
  type Approver,
  beginFlow,
  flowLifetimeMs,
  flowOf,
  type FoundFlow,
  keepProved,
  type PendingApproval,
  sealFlow,
  type SignInFlow,
  usedPage,
} from './flow.ts';
import { approvePage, decidePage, messagePage, sendPage } from './pages.ts';
import { signInOptions } from './passkeys.ts';
import { prove, type Proved } from './prove.ts';
import { Refusal } from './refusal.ts';
import { couldBeOnePerson } from './two-people.ts';

/** The way of the second person: a proof, the code that the first one sees, and a decision. */
export interface ApproveRoutes {
  open(request: IncomingMessage, response: ServerResponse, address: string): Promise<void>;
  prove(request: IncomingMessage, response: ServerResponse, form: URLSearchParams, address: string): Promise<void>;
  decide(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): void;
}

export function createApproveRoutes(parts: BreakGlassParts): ApproveRoutes {
  const { store, settings, announce, now } = parts;

  async function show(
    response: ServerResponse,
    found: FoundFlow<ApproveFlow>,
    shown: { readonly status?: number; readonly problem?: string; readonly headers?: Record<string, string> } = {},
    code = '',
  ): Promise<void> {
    const options = await signInOptions(parts.party);
    const flow = sealFlow(parts, { ...found, flow: { ...found.flow, challenge: options.challenge } });
    const body = approvePage({ flow, problem: shown.problem }, options, code);
    sendPage(response, shown.status ?? 200, body, shown.headers ?? {});
  }

  /** The sign-in that waits for this code. @throws Refusal that counts as a wrong answer */
  function pendingOf({ approval, by, invitedBy }: Approver, address: string) {
    const pending = store.get<PendingApproval>('approval', approval);
    const flow = pending === null ? null : store.get<SignInFlow>('proved', pending.flow);
    if (flow === null || flow.proof === null || flow.proof.account !== pending?.account || flow.decision !== null) {
      announce.refused('approval: no sign-in waits for this code', by, address);
      throw new Refusal(403, 'No sign-in waits for this code. Ask for the one that the page shows now.');
    }
    if (flow.proof.account === by) {
      announce.refused('approval: nobody approves their own sign-in', by, address);
      throw new Refusal(403, 'This is your own sign-in. Another person has to approve it.');
    }
    if (couldBeOnePerson(flow.proof.invitedBy, invitedBy)) {
      announce.refused('approval: both were enrolled by links of one person', by, address);
      throw new Refusal(403, 'Both of you were enrolled by links of the same person. Another one has to approve it.');
    }
    return { id: pending.flow, flow, account: flow.proof.account, provedAtMs: flow.proof.atMs };
  }

  return {
    async open(request, response, address) {
      if (!settings().two_persons) throw new Refusal(404, 'This relay asks for no second person.');
      const { headers, ...begun } = beginFlow<ApproveFlow>(parts, request, address, {
        type: 'approve',
        challenge: null,
        decides: null,
      });
      await show(response, begun, { headers });
    },

    async prove(request, response, form, address) {
      const found = flowOf(parts, request, form.get('flow') ?? '', 'approve');
      const { id, flow } = found;
      if (flow.decides !== null) throw new Refusal(400, usedPage);
      const challenge = parts.takeChallenge(flow.challenge);
      const typed = form.get('approval') ?? '';
      try {
        const { account, invitedBy }: Proved = await prove(parts, form, challenge, address);
        const approval = typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
        const decides: Approver = { by: account.name, invitedBy, approval };
        const waiting = pendingOf(decides, address);
        keepProved(parts, found, { ...flow, challenge: null, decides }, now() + flowLifetimeMs);
        const { account: name } = waiting;
        const fullName = settings().accounts.find((one) => one.name === name)?.full_name ?? name;
        const at = new Date(waiting.provedAtMs).toISOString();
        sendPage(response, 200, decidePage(id, { account: name, fullName, address: waiting.flow.address, at }));
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 403) throw error;
        await show(response, found, { status: error.status, problem: error.message }, typed);
      }
    },

    decide(request, response, form) {
      const { id, flow: approver } = flowOf(parts, request, form.get('flow') ?? '', 'approve');
      const { decides, address } = approver;
      if (decides === null) throw new Refusal(400, 'Prove first who you are.');
      if (store.take('proved', id) === null) throw new Refusal(400, usedPage);
      const { id: waiting, flow, account } = pendingOf(decides, address);
      if (store.take('approval', decides.approval) === null) throw new Refusal(400, usedPage);
      const approved = form.get('decision') === 'approve';
      if (!store.replace('proved', waiting, { ...flow, decision: { by: decides.by, approved } }))
        throw new Refusal(400, 'The sign-in has ended meanwhile.');
      announce.note(
        `${decides.by} has ${approved ? 'approved' : 'refused'} the break-glass sign-in of ${account}, from ${address}.`,
      );
      const title = approved ? 'Approved' : 'Refused';
      sendPage(response, 200, messagePage(title, 'You can close this page.'));
    },
  };
}
