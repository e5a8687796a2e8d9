import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { endSessions, listSessions } from '../administration/sessions.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined, outcomeShape, reasonSchema, shownOutcome } from './admin-route.ts';

const text = z.string().min(1).max(500).optional();

/** Which sessions; all that are given must fit. */
const filterShape = { session: text, person: text, device: text, appVersion: text, address: text, api: text } as const;

export const sessionSchema = z
  .looseObject({
    id: z.string(),
    issuer: z.string(),
    subject: z.string(),
    username: z.string(),
    device: z.looseObject({ name: z.string(), system: z.string(), appVersion: z.string() }),
    sinceMs: z.number(),
    lastUsedAtMs: z.number(),
    addresses: z.record(z.string(), z.number()),
    apis: z.record(z.string(), z.number()),
    openTunnels: z.int(),
    ended: z.object({ by: z.string(), reason: z.string(), atMs: z.number() }).nullable(),
  })
  .openapi('Session');

/** People’s sessions on their devices: lists and ends them. */
export function addSessionRoutes(app: OpenAPIHono<AdminEnv>, { audit, config, state }: AdminParts): void {
  const list = adminRoute(audit, 'listSessions', 'read-people', '/admin/v1/sessions', {
    method: 'get',
    summary: 'Sessions that fit all filters, last used first.',
    request: {
      query: z.strictObject({
        ...filterShape,
        all: z.stringbool().default(false).openapi({ type: 'boolean', description: 'Those that were ended, too.' }),
        offset: z.coerce.number().int().min(0).default(0),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z.object({ sessions: z.array(sessionSchema), total: z.int() }).openapi('Sessions'),
      'A page of sessions, and how many fit.',
    ),
  });
  app.openapi(list, async (context) => {
    const { all, offset, limit, ...filter } = context.req.valid('query');
    const { apis } = config();
    const found = await listSessions(state(), { apis, filter: defined(filter), all }, Date.now());
    return context.json({ sessions: found.slice(offset, offset + limit), total: found.length } as never, 200);
  });

  const end = adminRoute(audit, 'endSessions', 'end-sessions', '/admin/v1/sessions/end', {
    method: 'post',
    summary: 'Ends the sessions that fit: their tunnels close within a second or two, and their tokens count nowhere.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.strictObject({ ...filterShape, reason: reasonSchema }).openapi('SessionsToEnd'),
          },
        },
      },
    },
    responses: answers(
      z.object({ ended: z.array(sessionSchema), ...outcomeShape }).openapi('EndedSessions'),
      'Those that were ended.',
    ),
  });
  app.openapi(end, async (context) => {
    const { reason, ...filter } = context.req.valid('json');
    const by = { author: context.get('caller').name, reason };
    const { apis } = config();
    const { ended, ...outcome } = await endSessions(state(), { apis, filter: defined(filter) }, by, Date.now());
    return context.json({ ended, ...shownOutcome(outcome) } as never, 200);
  });
}
