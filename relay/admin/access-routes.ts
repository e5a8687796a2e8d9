import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { decideAccessRequest, findAccessRequest } from '../administration/access-requests.ts';
import { requireToldApart } from '../administration/second-person.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { demandMatch, tagOf } from './if-match.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { adminRoute, answers, cursorSchema, defined, nextSchema, reasonSchema } from './admin-route.ts';

const statuses = ['pending', 'approved', 'refused', 'cancelled', 'revoked', 'expired'] as const;
const decisions = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const;

export const requestSchema = z
  .strictObject({
    id: z.string(),
    requester: z.strictObject({ issuer: z.string(), subject: z.string(), username: z.string() }),
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
export function addAccessRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, config, place, reading, state } = parts;
  const list = adminRoute(audit, 'listAccessRequests', 'read-people', '/admin/v1/access-requests', {
    method: 'get',
    summary: 'Requests for access, newest first.',
    request: {
      query: z.strictObject({
        status: z.enum(statuses).optional(),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z.object({ requests: z.array(requestSchema), next: nextSchema }).openapi('AccessRequests'),
      'A page of requests, with what became of them.',
    ),
  });
  app.openapi(list, async (context) => {
    const { limit, ...query } = context.req.valid('query');
    const { items, next } = await reading.ask('accessRequests', place(), { ...defined(query), limit });
    return context.json({ requests: items, next } as never, 200);
  });

  const found = async (id: string): Promise<AccessRequest> => {
    const request = await findAccessRequest(state(), id);
    if (request === null) throw new AccessError('bad-input', `There is no access request “${id}”.`);
    return request;
  };
  const see = adminRoute(audit, 'seeAccessRequest', 'read-people', '/admin/v1/access-requests/{id}', {
    method: 'get',
    summary: 'One request with its grant, and the tag that If-Match takes.',
    request: { params: z.object({ id: z.string().min(1).max(100) }), query: z.strictObject({}) },
    responses: answers(z.object({ request: requestSchema }).openapi('OneAccessRequest'), 'The request.'),
  });
  app.openapi(see, async (context) => {
    const request = await found(context.req.valid('param').id);
    context.header('ETag', tagOf(request));
    return context.json({ request } as never, 200);
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
        content: {
          'application/json': {
            schema: z
              .strictObject({
                reason: reasonSchema,
                hours: z
                  .number()
                  .positive()
                  .max(8760)
                  .optional()
                  .openapi({ description: 'Approves for less than was asked for.' }),
              })
              .openapi('AccessDecision'),
          },
        },
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
    const { reason, hours } = context.req.valid('json');
    if (decision === 'approve') requireToldApart(config(), context.get('caller'));
    if (context.req.header('if-match') !== undefined) demandMatch(context, await found(id));
    const by = { author, person, reason, hours };
    const { request, isRecorded } = await decideAccessRequest(state(), id, decisions[decision], by, Date.now());
    return context.json({ request, recorded: isRecorded } as never, 200);
  });
}
