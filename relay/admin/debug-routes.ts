import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { maxDebugMinutes } from '../administration/debugging.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';

const text = z.string().trim().min(1).max(500).optional();

const debuggingSchema = z
  .object({
    id: z.string().openapi({ description: 'Lines of the log have it as “debug”.' }),
    person: z.string().nullable(),
    api: z.string().nullable(),
    untilMs: z.number(),
    author: z.string(),
    reason: z.string(),
    createdAtMs: z.number(),
  })
  .openapi('Debugging');

/** Logging of single people’s or APIs’ requests for a limited time. */
export function addDebugRoutes(app: OpenAPIHono<AdminEnv>, { audit, debugging }: AdminParts): void {
  const list = adminRoute(audit, 'listDebugging', 'read-people', '/admin/v1/relay/debug', {
    method: 'get',
    summary: 'Whose requests are logged step by step.',
    request: { query: z.strictObject({}) },
    responses: answers(z.object({ debugging: z.array(debuggingSchema) }).openapi('AllDebugging'), 'All of them.'),
  });
  app.openapi(list, (context) => context.json({ debugging: [...debugging.list()] }, 200));

  const start = adminRoute(audit, 'startDebugging', 'run-relay', '/admin/v1/relay/debug', {
    method: 'post',
    summary:
      'Logs what happens to each request of a person, an API, or a person at an API, step by step; ends by itself.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                person: text.openapi({ description: 'User name or subject.' }),
                api: text,
                minutes: z.int().min(1).max(maxDebugMinutes),
                reason: reasonSchema,
              })
              .openapi('DebuggingToStart'),
          },
        },
      },
    },
    responses: answers(debuggingSchema, 'It has begun.'),
  });
  app.openapi(start, async (context) => {
    const author = context.get('caller').name;
    return context.json(await debugging.start({ ...context.req.valid('json'), author }), 200);
  });

  const end = adminRoute(audit, 'endDebugging', 'run-relay', '/admin/v1/relay/debug/{id}/end', {
    method: 'post',
    summary: 'Ends it early.',
    request: {
      params: z.object({ id: z.string().min(1).max(100) }),
      body: {
        required: true,
        content: {
          'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('DebuggingToEnd') },
        },
      },
    },
    responses: answers(debuggingSchema, 'It has ended.'),
  });
  app.openapi(end, (context) => {
    const { reason } = context.req.valid('json');
    return context.json(debugging.end(context.req.valid('param').id, context.get('caller').name, reason), 200);
  });
}
