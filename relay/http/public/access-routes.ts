import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { apiIdSchema } from '../../../shared/catalog.ts';
import { AccessError, type ErrorCode } from '../../../shared/errors.ts';
import { problemDocument } from '../../../shared/problem-document.ts';
import type { Config } from '../../config/config-schema.ts';
import { checkRequest, mayDecide } from '../../grants/access-rules.ts';
import type { AccessRequest } from '../../grants/grant.ts';
import type { Grants } from '../../grants/grants.ts';
import type { Identity } from '../../identity/identity.ts';
import { sendProblem } from '../problem-response.ts';
import { sendJson } from '../send-json.ts';

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
 * `…/:id/refuse` decide. The caller is known already; refusals are problem documents.
 */
export function createAccessRoutes(
  options: AccessRoutesOptions,
): (request: IncomingMessage, response: ServerResponse, identity: Identity) => Promise<void> {
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

  return async (request, response, identity) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const target = /^\/([\w-]{1,64})\/(approve|refuse)$/.exec(path.slice(accessRequestsPath.length));
    try {
      if (path === accessRequestsPath && request.method === 'GET') {
        sendJson(response, 200, { requests: await list(identity) });
      } else if (path === accessRequestsPath && request.method === 'POST') {
        sendJson(response, 201, await ask(identity, await readJson(request)));
      } else if (target !== null && request.method === 'POST') {
        const [, id = '', verdict] = target;
        const body = await readJson(request);
        sendJson(response, 200, await decide(identity, id, verdict === 'approve' ? 'approve' : 'refuse', body));
      } else {
        const detail = `${accessRequestsPath} takes GET and POST, …/:id/approve and …/:id/refuse take POST.`;
        sendProblem(response, problemDocument('method-not-supported', 405, detail), { Allow: 'GET, POST' });
      }
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      const status = statuses[error.code] ?? 400;
      sendProblem(response, problemDocument(error.code, status, error.message), { Connection: 'close' });
    }
  };
}

const statuses: Partial<Record<ErrorCode, number>> = {
  'policy-denied': 403,
  'rate-limited': 429,
  'body-too-large': 413,
  'shared-state-unavailable': 503,
};

function isOwn(identity: Identity, { requester }: AccessRequest): boolean {
  return requester.issuer === identity.issuer && requester.subject === identity.subject;
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

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new AccessError('body-too-large', `At most ${maxBodyBytes} bytes are allowed.`);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  // A page in a browser can send other types without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new AccessError('bad-input', 'The body must be application/json.');
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    throw new AccessError('bad-input', 'The body isn’t JSON.', { cause: error });
  }
}
