import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { momentOf } from '../../shared/moment.ts';
import { acknowledge } from '../anomalies/acknowledged.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { demandMatch, tagOf } from './if-match.ts';
import { adminRoute, answers, cursorSchema, defined, reasonSchema } from './admin-route.ts';

const text = z.string().min(1).max(500).optional();

export const findingSchema = z
  .object({
    id: z.string(),
    timeMs: z.number(),
    relay: z.string().optional().openapi({ description: 'Where relays share a storage: which of them found it.' }),
    rule: z.string(),
    person: z
      .object({ issuer: z.string(), subject: z.string(), username: z.string() })
      .nullable()
      .openapi({ description: 'Null when nobody was signed in.' }),
    api: z.string().nullable(),
    sessionId: z.string(),
    device: z.string(),
    remoteAddress: z.string(),
    detail: z.string(),
    acknowledged: z.object({ by: z.string(), note: z.string(), atMs: z.number() }).nullable(),
  })
  .openapi('Anomaly');

/** Findings out of the ordinary, and who has looked at them. */
export function addAnomalyRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const list = adminRoute(audit, 'listAnomalies', 'read-usage', '/admin/v1/anomalies', {
    method: 'get',
    summary: 'Findings that fit all filters, newest first.',
    request: {
      query: z.strictObject({
        since: text.openapi({ description: 'ISO 8601, or 7d for so long ago; all that the audit has when left out.' }),
        user: text.openapi({ description: 'User name or subject.' }),
        api: text,
        rule: text,
        acknowledged: z.stringbool().optional().openapi({ type: 'boolean' }),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z
        .object({
          anomalies: z.array(findingSchema),
          next: z
            .union([z.int(), z.string()])
            .nullable()
            .openapi({ description: 'Cursor of the next page; null at the end.' }),
        })
        .openapi('Anomalies'),
      'A page of findings.',
    ),
  });
  app.openapi(list, async (context) => {
    const { since, ...asked } = context.req.valid('query');
    const sinceMs = since === undefined ? undefined : momentOf(since, Date.now());
    const { findings, next } = await reading.ask('findings', place(), {
      ...defined({ ...asked, sinceMs }),
      limit: asked.limit,
    });
    return context.json({ anomalies: findings, next } as never, 200);
  });

  const route = adminRoute(audit, 'acknowledgeAnomaly', 'acknowledge', '/admin/v1/anomalies/{id}/acknowledge', {
    method: 'post',
    summary: 'Says that somebody has looked at a finding, and what came of it; once.',
    request: {
      params: z.object({ id: z.string().min(1).max(100) }),
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({ note: reasonSchema.openapi({ description: 'What came of it; it is recorded.' }) })
              .openapi('AnomalyToAcknowledge'),
          },
        },
      },
    },
    responses: answers(z.object({ anomaly: findingSchema }).openapi('AcknowledgedAnomaly'), 'It is acknowledged.'),
  });
  const see = adminRoute(audit, 'seeAnomaly', 'read-usage', '/admin/v1/anomalies/{id}', {
    method: 'get',
    summary: 'One finding, with the tag that If-Match takes.',
    request: { params: z.object({ id: z.string().min(1).max(100) }), query: z.strictObject({}) },
    responses: answers(z.object({ anomaly: findingSchema }).openapi('OneAnomaly'), 'The finding.'),
  });
  app.openapi(see, async (context) => {
    const { id } = context.req.valid('param');
    const finding = await reading.ask('finding', place(), id);
    if (finding === null) throw new AccessError('bad-input', `There is no finding “${id}”.`);
    context.header('ETag', tagOf(finding));
    return context.json({ anomaly: finding } as never, 200);
  });

  const underWay = new Set<string>();
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { note } = context.req.valid('json');
    // Two at once would both find that nobody has.
    if (underWay.has(id)) throw new AccessError('bad-input', 'Somebody else acknowledges this finding right now.');
    underWay.add(id);
    try {
      const finding = await reading.ask('finding', place(), id);
      if (finding === null) throw new AccessError('bad-input', `There is no finding “${id}”.`);
      demandMatch(context, finding);
      const by = { by: context.get('caller').name, note };
      return context.json({ anomaly: await acknowledge(audit, finding, by, Date.now()) } as never, 200);
    } finally {
      underWay.delete(id);
    }
  });
}
