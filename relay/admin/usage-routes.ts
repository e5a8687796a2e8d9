import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { usageKeys } from '../reports/report.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';

const text = z.string().min(1).max(500).optional();

/** What each row of usage has, whatever it is counted by. */
export const usageRowSchema = z
  .strictObject({
    name: z.string().nullable().openapi({
      description: 'What is counted by: an API, a group, a person, a rule, allow or deny, the begin of an hour or day.',
    }),
    subject: z.string().optional().openapi({ description: 'Of a person.' }),
    issuer: z.string().optional().openapi({ description: 'Of a person.' }),
    api: z.string().optional().openapi({ description: 'Of a rule.' }),
    requests: z.int(),
    denied: z.int(),
    people: z.int().optional(),
    apis: z.int().optional(),
    requestsBefore: z.int().openapi({ description: 'In the period of the same length before.' }),
    deniedBefore: z.int(),
    peopleBefore: z.int().optional(),
    lastHour: z.string().optional().openapi({ description: 'Of a person: the begin of the last hour with a request.' }),
  })
  .openapi('UsageRow');

/** What was used, as the relays have counted it. */
export function addUsageRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const route = adminRoute(audit, 'usage', 'read-usage', '/admin/v1/usage', {
    method: 'get',
    summary: 'Requests by hour, day, API, group, person, rule or decision, against the period before.',
    request: {
      query: z.strictObject({
        by: z.enum(usageKeys).default('api'),
        since: text.openapi({ description: 'ISO 8601, or 7d for so long ago; a week before the end when left out.' }),
        until: text.openapi({ description: 'The same; now when left out.' }),
        api: text,
        user: text.openapi({ description: 'User name or subject.' }),
        group: text,
        cursor: z.coerce.number().int().min(0).default(0).openapi({ description: '`next` of the page before.' }),
        limit: z.coerce.number().int().min(1).max(5000).default(1000),
      }),
    },
    responses: answers(
      z
        .object({
          since: z.string(),
          until: z.string(),
          relays: z.int().openapi({ description: 'How many relays’ audits are counted.' }),
          missed: z.int().openapi({ description: 'Records that had gone before they were counted.' }),
          rows: z.array(usageRowSchema).openapi({ description: 'Hours and days in their order, the rest most first.' }),
          next: z.int().nullable().openapi({ description: 'Cursor of the next page; null at the end.' }),
        })
        .openapi('Usage'),
      'A page of rows.',
    ),
  });
  app.openapi(route, async (context) => {
    const { cursor, limit, ...query } = context.req.valid('query');
    const report = await reading.ask('report', place(), { report: 'usage', ...defined(query) });
    const { since, until, relays, missed, rows } = report;
    const end = cursor + limit;
    const page = rows.slice(cursor, end);
    return context.json(
      { since, until, relays, missed, rows: page, next: end < rows.length ? end : null } as never,
      200,
    );
  });
}
