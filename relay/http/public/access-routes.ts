import { z } from 'zod';
import { isSamePerson } from '../../identity/person-key.ts';
import { accessRequestsPath, type ShownRequest, type ShownRequests } from '../../../shared/access-request.ts';
import { shownText } from '../../../shared/shown-text.ts';
import { apiIdSchema, type CatalogEntry } from '../../../shared/catalog.ts';
import { AccessError } from '../../../shared/errors.ts';
import { reasonedError } from '../../../shared/plain-reason.ts';
import { type Reason, reason as sentence } from '../../../shared/reason.ts';
import type { Config } from '../../config/config-schema.ts';
import { approversOf, checkRequest, isApprover, mayDecide } from '../../grants/access-rules.ts';
import { type AccessRequest, isOpen } from '../../grants/grant.ts';
import type { Grants } from '../../grants/grants.ts';
import { givenUpNote, noteReasons } from '../../grants/own-notes.ts';
import type { Identity } from '../../identity/identity.ts';
import { readRuleWords } from '../../policy/read-rule-words.ts';
import { issueWords } from '../issue-words.ts';
import { readJson } from '../read-json.ts';
import { sendJson } from '../send-json.ts';
import { oneAtATime, refuseTooMany } from './bound-asking.ts';
import type { Route } from './route.ts';

const maxBodyBytes = 16_384;
/** Of what is over, one’s own and that of others. */
const maxOver = 50;
const maxWaiting = 200;
const maxHad = 20;
const askSchema = z.strictObject({
  api: apiIdSchema.nullable().default(null),
  role: z.string().min(1).max(256),
  reason: z.string().trim().min(1).max(1000),
  hours: z.number().gt(0).max(8760).optional(),
});
const decideSchema = z.strictObject({
  note: z.string().trim().max(1000).default(''),
  /** Approves for less than was asked for. */
  hours: z.number().gt(0).max(8760).optional(),
});
const endSchema = z.strictObject({ note: z.string().trim().max(1000).default('') });

type Verdict = 'approve' | 'refuse' | 'end';

export interface AccessRoutesOptions {
  readonly config: () => Config;
  readonly grants: Grants;
  /** Whether the caller may know that the API exists. */
  readonly isVisible: (identity: Identity, api: string) => boolean;
  /** Whether people may be told which groups decide. */
  readonly tellsApprovers: () => boolean;
  /** What the caller may do at an API now; undefined for one that isn’t listed. */
  readonly entryFor: (identity: Identity, api: string) => CatalogEntry | undefined;
  readonly now?: () => number;
}

/**
 * `GET` lists the caller's own requests and those that he may decide; `POST` asks for a role; `DELETE …/:id` takes back
 * one's own, or gives up what was granted; `POST …/:id/approve`, `…/refuse` and `…/end` decide. Refusals are thrown.
 */
export function createAccessRoutes(options: AccessRoutesOptions): readonly Route[] {
  const { grants, config, now = Date.now } = options;
  const inTurn = oneAtATime();

  const show = (identity: Identity, request: AccessRequest): ShownRequest => {
    const { had = [], ...rest } = request;
    const decides = mayDecide(config(), identity, request);
    const decidable = decides && request.status === 'pending';
    const noteSays = noteReasons(request.note);
    return {
      ...rest,
      requester: shownText(request.requester.username),
      reason: shownText(request.reason),
      decidedBy: request.decidedBy === null ? null : shownText(request.decidedBy),
      ...(request.note === undefined ? {} : { note: shownText(request.note) }),
      ...(noteSays === undefined ? {} : { noteReasons: noteSays }),
      mine: isOwn(identity, request),
      decidable,
      endable: decides && request.status === 'approved' && (request.expiresAtMs ?? 0) > now(),
      ...(decides || options.tellsApprovers() ? { approvers: [...approversOf(config(), request)] } : {}),
      ...(decidable ? { today: todayOf(request, had) } : {}),
    };
  };

  function todayOf(request: AccessRequest, had: readonly string[]): NonNullable<ShownRequest['today']> {
    return {
      allowed: had.map((words) => shownText(words)),
      about: had.map(readRuleWords),
      grants: grantsNow(request),
    };
  }

  /** What the person has at the API that the request is about. */
  function grantsNow({ requester, api }: AccessRequest): NonNullable<ShownRequest['today']>['grants'] {
    const here = grants.of(requester).filter((grant) => grant.api === null || api === null || grant.api === api);
    return here.map(({ role, api: at, expiresAtMs }) => ({ role, api: at, expiresAtMs }));
  }

  async function list(identity: Identity): Promise<ShownRequests> {
    const seen = (await grants.store.list()).filter(
      (request) => isOwn(identity, request) || mayDecide(config(), identity, request),
    );
    const [own, others] = [seen.filter((each) => isOwn(identity, each)), seen.filter((each) => !isOwn(identity, each))];
    const told = new Set([...newest(own), ...newest(others)]);
    return {
      requests: seen.filter((request) => told.has(request)).map((request) => show(identity, request)),
      decides: isApprover(config(), identity),
      leftOut: seen.length - told.size,
    };
  }

  async function ask(identity: Identity, body: unknown): Promise<ShownRequest> {
    const asked = read(askSchema, body);
    if (identity.kind !== 'person') throw reasonedError('policy-denied', sentence('people-ask'));
    if (asked.api !== null && !options.isVisible(identity, asked.api)) {
      throw reasonedError('bad-input', sentence('role-not-offered', { role: asked.role, api: asked.api }));
    }
    const hours = checkRequest(config(), { api: asked.api, role: asked.role, hours: asked.hours });
    const { issuer, subject, username } = identity;
    const before = await grants.store.list({ requester: { issuer, subject, username } });
    const same = before.find(
      ({ status, api, role }) => status === 'pending' && api === asked.api && role === asked.role,
    );
    if (same !== undefined) return show(identity, same);
    refuseTooMany(before, now());
    const { api, role, reason } = asked;
    const made = await grants.store.request(
      { requester: { issuer, subject, username }, api, role, reason, hours, had: had(identity, api) },
      now(),
    );
    await grants.refresh();
    return show(identity, made);
  }

  async function decide(identity: Identity, id: string, verdict: Verdict, body: unknown): Promise<ShownRequest> {
    const { note, hours } = verdict === 'approve' ? read(decideSchema, body ?? {}) : readEnd(body ?? {});
    const request = await grants.store.find(id);
    // Who may not decide it must not learn from the answer whether it exists.
    if (request === null || !mayDecide(config(), identity, request)) {
      throw reasonedError('policy-denied', sentence('no-request-to-decide'));
    }
    const { username } = identity;
    return await change(identity, request, verdict === 'end' ? 'approved' : 'pending', () =>
      verdict === 'end'
        ? grants.store.revoke(id, username, note, now())
        : grants.store.decide(id, verdict === 'approve' ? 'approved' : 'refused', username, note, now(), hours),
    );
  }

  /** Takes back what waits, or gives up what was granted. */
  async function withdraw(identity: Identity, id: string): Promise<ShownRequest> {
    const request = await grants.store.find(id);
    if (request === null || !isOwn(identity, request)) {
      throw reasonedError('policy-denied', sentence('no-own-request'));
    }
    return request.status === 'approved'
      ? await change(identity, request, 'approved', () =>
          grants.store.revoke(id, identity.username, givenUpNote, now()),
        )
      : await change(identity, request, 'pending', () => grants.store.cancel(id, now()));
  }

  /** @throws AccessError `already-decided`, also when somebody else changes it at the same moment */
  async function change(
    identity: Identity,
    request: AccessRequest,
    from: AccessRequest['status'],
    act: () => AccessRequest | Promise<AccessRequest>,
  ): Promise<ShownRequest> {
    if (request.status !== from) throw alreadyDecided(request);
    try {
      const changed = await act();
      await grants.refresh();
      return show(identity, changed);
    } catch (error) {
      const current = await grants.store.find(request.id);
      throw current === null || current.status === from ? error : alreadyDecided(current);
    }
  }

  /** What the person may do at the API while asking, in words. */
  function had(identity: Identity, api: string | null): readonly string[] {
    const permissions = api === null ? [] : (options.entryFor(identity, api)?.permissions ?? []);
    return permissions.flatMap(({ effect, text }) => (effect === 'allow' ? [text] : [])).slice(0, maxHad);
  }

  const decideRoute = (verdict: Verdict): Route => ({
    method: 'POST',
    path: `${accessRequestsPath}/:id/${verdict}`,
    access: 'signed-in',
    answer: async ({ request, response, parameters: { id = '' } }, identity) =>
      sendJson(response, 200, await decide(identity, id, verdict, await readJson(request, maxBodyBytes))),
  });

  return [
    {
      method: 'GET',
      path: accessRequestsPath,
      access: 'signed-in',
      answer: async ({ response }, identity) => sendJson(response, 200, await list(identity)),
    },
    {
      method: 'POST',
      path: accessRequestsPath,
      access: 'signed-in',
      answer: async ({ request, response }, identity) => {
        const body = await readJson(request, maxBodyBytes);
        sendJson(response, 201, await inTurn(identity, () => ask(identity, body)));
      },
    },
    decideRoute('approve'),
    decideRoute('refuse'),
    decideRoute('end'),
    {
      method: 'DELETE',
      path: `${accessRequestsPath}/:id`,
      access: 'signed-in',
      answer: async ({ response, parameters: { id = '' } }, identity) =>
        sendJson(response, 200, await withdraw(identity, id)),
    },
  ];
}

/** All that is open, within bounds, and the newest of what is over. */
function newest(requests: readonly AccessRequest[]): readonly AccessRequest[] {
  const open = requests.filter(isOpen).slice(0, maxWaiting);
  return [...open, ...requests.filter((request) => !isOpen(request)).slice(0, maxOver)];
}

/** Says what became of it, and by whom. */
function alreadyDecided({ id, status, decidedBy }: AccessRequest): AccessError {
  const by = decidedBy === null || decidedBy === '' ? null : decidedBy;
  const became: Record<AccessRequest['status'], Reason> = {
    pending: sentence('request-waits', { id }),
    approved: by === null ? sentence('request-approved', { id }) : sentence('request-approved-by', { id, by }),
    refused: by === null ? sentence('request-refused', { id }) : sentence('request-refused-by', { id, by }),
    cancelled: sentence('request-taken-back', { id }),
    revoked: sentence('grant-over', { id }),
    expired: sentence('grant-over', { id }),
  };
  return reasonedError('already-decided', became[status]);
}

function readEnd(body: unknown): { readonly note: string; readonly hours?: undefined } {
  return read(endSchema, body);
}

function isOwn(identity: Identity, { requester }: AccessRequest): boolean {
  return isSamePerson(requester, identity);
}

function read<Shape extends z.ZodType>(schema: Shape, body: unknown): z.output<Shape> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AccessError(
    'bad-input',
    `The request’s ${issue?.path.join('.') || 'body'} can’t be used: ${issue === undefined ? '' : issueWords(issue)}.`,
  );
}
