import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

export const sinkSchema = z
  .object({
    name: z.string(),
    kind: z.string(),
    state: z.enum(['ok', 'failing', 'late', 'ended', 'not-started']).openapi({
      description: 'late: a record has waited for longer than lag_warn_seconds; ended: the receiver wants no more.',
    }),
    sentUpTo: z.int(),
    lastRecord: z.int(),
    waiting: z.int(),
    oldestWaitingSeconds: z.int().nullable(),
    sent: z.int(),
    deliveredAt: z.string().nullable(),
    error: z.string().nullable(),
    errorAt: z.string().nullable(),
    failedAttempts: z.int(),
  })
  .openapi('Sink');

/** Where the audit goes besides. */
export function addSinkRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const list = adminRoute(audit, 'listSinks', 'see-relay', '/admin/v1/audit/sinks', {
    method: 'get',
    summary: 'How far this relay’s audit is in the storage and at each sink, and what keeps it back.',
    request: { query: z.strictObject({}) },
    responses: answers(z.object({ sinks: z.array(sinkSchema) }).openapi('Sinks'), 'All of the config.'),
  });
  app.openapi(list, async (context) =>
    context.json({ sinks: await reading.ask('sinks', place(), undefined) } as never, 200),
  );
}
