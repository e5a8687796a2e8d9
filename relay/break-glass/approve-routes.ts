import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageText, type Sentence } from '../page-texts/page-text.ts';
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
} from './flow.ts';
import { approvePage, decidePage, messagePage, sendPage } from './pages.ts';
import { signInOptions } from './passkeys.ts';
import { prove, type Proved } from './prove.ts';
import { Refusal, usedPage } from './refusal.ts';
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
    request: IncomingMessage,
    response: ServerResponse,
    found: FoundFlow<ApproveFlow>,
    shown: { readonly status?: number; readonly problem?: Sentence; readonly headers?: Record<string, string> } = {},
    code = '',
  ): Promise<void> {
    const options = await signInOptions(parts.party);
    const flow = sealFlow(parts, { ...found, flow: { ...found.flow, challenge: options.challenge } });
    const page = (): string => approvePage({ flow, problem: shown.problem }, options, code);
    sendPage(request, response, shown.status ?? 200, page, shown.headers ?? {});
  }

  const personOf = (account: string): string | undefined =>
    settings().accounts.find(({ name }) => name === account)?.person;

  /** The sign-in that waits for this code. @throws Refusal that counts as a wrong answer */
  function pendingOf({ approval, by, ...approver }: Approver, address: string) {
    const pending = store.get<PendingApproval>('approval', approval);
    const flow = pending === null ? null : store.get<SignInFlow>('proved', pending.flow);
    if (flow === null || flow.proof === null || flow.proof.account !== pending?.account || flow.decision !== null) {
      announce.refused('approval: no sign-in waits for this code', by, address);
      throw new Refusal(403, () => pageText('break-glass.refused.no-code'));
    }
    if (flow.proof.account === by) {
      announce.refused('approval: nobody approves their own sign-in', by, address);
      throw new Refusal(403, () => pageText('break-glass.refused.own'));
    }
    const way = { ...flow.proof, person: personOf(flow.proof.account) };
    if (couldBeOnePerson(way, { ...approver, person: personOf(by) })) {
      announce.refused('approval: both could be one person, by whose links they were enrolled', by, address);
      throw new Refusal(403, () => pageText('break-glass.refused.one-person'));
    }
    return { id: pending.flow, flow, account: flow.proof.account, provedAtMs: flow.proof.atMs };
  }

  return {
    async open(request, response, address) {
      if (!settings().two_persons) throw new Refusal(404, () => pageText('break-glass.refused.no-second'));
      const { headers, ...begun } = beginFlow<ApproveFlow>(parts, request, address, {
        type: 'approve',
        challenge: null,
        decides: null,
      });
      await show(request, response, begun, { headers });
    },

    async prove(request, response, form, address) {
      const found = flowOf(parts, request, form.get('flow') ?? '', 'approve');
      const { id, flow } = found;
      if (flow.decides !== null) throw usedPage();
      const challenge = parts.takeChallenge(flow.challenge);
      const typed = form.get('approval') ?? '';
      try {
        const { account, invitedBy, invitedAs }: Proved = await prove(parts, form, challenge, address);
        const approval = typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
        const decides: Approver = { by: account.name, invitedBy, invitedAs, approval };
        const waiting = pendingOf(decides, address);
        keepProved(parts, found, { ...flow, challenge: null, decides }, now() + flowLifetimeMs);
        const { account: name } = waiting;
        const fullName = settings().accounts.find((one) => one.name === name)?.full_name ?? name;
        const asked = { account: name, fullName, address: waiting.flow.address, atMs: waiting.provedAtMs };
        sendPage(request, response, 200, () => decidePage(id, asked));
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 403) throw error;
        await show(request, response, found, { status: error.status, problem: error.sentence }, typed);
      }
    },

    decide(request, response, form) {
      const { id, flow: approver } = flowOf(parts, request, form.get('flow') ?? '', 'approve');
      const { decides, address } = approver;
      if (decides === null) throw new Refusal(400, () => pageText('break-glass.refused.prove-first'));
      if (store.take('proved', id) === null) throw usedPage();
      const { id: waiting, flow, account } = pendingOf(decides, address);
      if (store.take('approval', decides.approval) === null) throw usedPage();
      const approved = form.get('decision') === 'approve';
      if (!store.replace('proved', waiting, { ...flow, decision: { by: decides.by, approved } }))
        throw new Refusal(400, () => pageText('break-glass.refused.ended'));
      announce.note(
        `${decides.by} has ${approved ? 'approved' : 'refused'} the break-glass sign-in of ${account}, from ${address}.`,
      );
      const title = approved ? 'break-glass.decided.approved' : 'break-glass.decided.refused';
      sendPage(request, response, 200, () => messagePage(pageText(title), pageText('break-glass.decided.text')));
    },
  };
}
