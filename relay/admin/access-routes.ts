import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { decideAccessRequest, listAccessRequests } from '../administration/access-requests.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined, reasonSchema } from './admin-route.ts';

const statuses = ['pending', 'approved', 'refused', 'revoked', 'expired'] as const;
const decisions = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const;

export const requestSchema = z
  .looseObject({
    id: z.string(),
    requester: z.object({ issuer: z.string(), subject: z.string(), username: z.string() }),
    api: z.string().nullable(),
    role: z.string(),
    reason: z.string(),
    hours: z.number(),
    requestedAtMs: z.number(),
    status: z.enum(statuses),
    decidedBy: z.string().nullable(),
    decidedAtMs: z.number().nullable(),
    expiresAtMs: z.number().nullable(),
  })
  .openapi('AccessRequest');

/** Requests for access and their grants: lists them, decides on them, and ends grants early. */
export function addAccessRoutes(app: OpenAPIHono<AdminEnv>, { audit, state }: AdminParts): void {
  const list = adminRoute(audit, 'listAccessRequests', 'read-people', '/admin/v1/access-requests', {
    method: 'get',
    summary: 'Requests for access, newest first.',
    request: { query: z.strictObject({ status: z.enum(statuses).optional() }) },
    responses: answers(
      z.object({ requests: z.array(requestSchema) }).openapi('AccessRequests'),
      'The requests, with what became of them.',
    ),
  });
  app.openapi(list, async (context) => {
    const filter = defined(context.req.valid('query'));
    return context.json({ requests: await listAccessRequests(state(), filter, Date.now()) } as never, 200);
  });

  const decide = adminRoute(audit, 'decideAccess', 'decide-access', '/admin/v1/access-requests/{id}/{decision}', {
    method: 'post',
    summary: 'Approves or refuses a request, or ends its grant early.',
    request: {
      params: z.object({
        id: z.string().min(1).max(100),
        decision: z.enum(Object.keys(decisions) as (keyof typeof decisions)[]),
      }),
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('AccessDecision') } },
      },
    },
    responses: answers(
      z.object({ request: requestSchema, recorded: z.boolean() }).openapi('DecidedAccess'),
      'It is decided.',
    ),
  });
  app.openapi(decide, async (context) => {
    const { id, decision } = context.req.valid('param');
    const { name: author, person } = context.get('caller');
    const by = { author, person, reason: context.req.valid('json').reason };
    const { request, isRecorded } = await decideAccessRequest(state(), id, decisions[decision], by, Date.now());
    return context.json({ request, recorded: isRecorded } as never, 200);
  });
}
