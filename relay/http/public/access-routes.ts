import { z } from 'zod';
import { isSamePerson } from '../../identity/person-key.ts';
import { apiIdSchema } from '../../../shared/catalog.ts';
import { AccessError } from '../../../shared/errors.ts';
import type { Config } from '../../config/config-schema.ts';
import { checkRequest, mayDecide } from '../../grants/access-rules.ts';
import type { AccessRequest } from '../../grants/grant.ts';
import type { Grants } from '../../grants/grants.ts';
import type { Identity } from '../../identity/identity.ts';
import { readJson } from '../read-json.ts';
import { sendJson } from '../send-json.ts';
import type { Route } from './route.ts';

export const accessRequestsPath = '/v1/access-requests';

const maxBodyBytes = 16_384;
const maxPending = 20;
const askSchema = z.strictObject({
  api: apiIdSchema.nullable().default(null),
  role: z.string().min(1).max(256),
  reason: z.string().trim().min(1).max(1000),
  hours: z.number().gt(0).max(8760).optional(),
});
const decideSchema = z.strictObject({ note: z.string().max(1000).default('') });

export interface AccessRoutesOptions {
  readonly config: () => Config;
  readonly grants: Grants;
  /** Whether the caller may know that the API exists. */
  readonly isVisible: (identity: Identity, api: string) => boolean;
  readonly now?: () => number;
}

/** One request as its requester and its approvers see it. */
interface ShownRequest extends Omit<AccessRequest, 'requester'> {
  readonly requester: string;
  readonly mine: boolean;
  /** Whether the caller may approve or refuse it. */
  readonly decidable: boolean;
}

/**
 * `GET` lists the caller's own requests and those that he may decide; `POST` asks for a role; `POST …/:id/approve` and
 * `…/:id/refuse` decide. Refusals are thrown.
 */
export function createAccessRoutes(options: AccessRoutesOptions): readonly Route[] {
  const { grants, config, now = Date.now } = options;

  const show = (identity: Identity, request: AccessRequest): ShownRequest => ({
    ...request,
    requester: request.requester.username,
    mine: isOwn(identity, request),
    decidable: request.status === 'pending' && mayDecide(config(), identity, request),
  });

  async function list(identity: Identity): Promise<readonly ShownRequest[]> {
    const all = await grants.store.list();
    return all
      .filter((request) => isOwn(identity, request) || mayDecide(config(), identity, request))
      .map((request) => show(identity, request));
  }

  async function ask(identity: Identity, body: unknown): Promise<ShownRequest> {
    const asked = read(askSchema, body);
    if (identity.kind !== 'person') throw new AccessError('policy-denied', 'Only people can ask for access.');
    if (asked.api !== null && !options.isVisible(identity, asked.api)) {
      throw new AccessError('bad-input', `The role “${asked.role}” can’t be asked for at the API “${asked.api}”.`);
    }
    const hours = checkRequest(config(), { api: asked.api, role: asked.role, hours: asked.hours });
    const { issuer, subject, username } = identity;
    const pending = await grants.store.list({ status: 'pending', requester: { issuer, subject, username } });
    const same = pending.find((request) => request.api === asked.api && request.role === asked.role);
    if (same !== undefined) return show(identity, same);
    if (pending.length >= maxPending) {
      throw new AccessError('rate-limited', `At most ${maxPending} requests of one person can wait for an answer.`);
    }
    const { api, role, reason } = asked;
    const made = await grants.store.request(
      { requester: { issuer, subject, username }, api, role, reason, hours },
      now(),
    );
    await grants.refresh();
    return show(identity, made);
  }

  async function decide(
    identity: Identity,
    id: string,
    verdict: 'approve' | 'refuse',
    body: unknown,
  ): Promise<ShownRequest> {
    const { note } = read(decideSchema, body ?? {});
    const request = await grants.store.find(id);
    // Who may not decide it must not learn from the answer whether it exists.
    if (request === null || !mayDecide(config(), identity, request)) {
      throw new AccessError('policy-denied', 'There is no such request that you may decide.');
    }
    const status = verdict === 'approve' ? 'approved' : 'refused';
    const decided = await grants.store.decide(id, status, identity.username, note, now());
    await grants.refresh();
    return show(identity, decided);
  }

  const decideRoute = (verdict: 'approve' | 'refuse'): Route => ({
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
      answer: async ({ response }, identity) => sendJson(response, 200, { requests: await list(identity) }),
    },
    {
      method: 'POST',
      path: accessRequestsPath,
      access: 'signed-in',
      answer: async ({ request, response }, identity) =>
        sendJson(response, 201, await ask(identity, await readJson(request, maxBodyBytes))),
    },
    decideRoute('approve'),
    decideRoute('refuse'),
  ];
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
    `The request’s ${issue?.path.join('.') || 'body'} can’t be used: ${issue?.message}.`,
  );
}
