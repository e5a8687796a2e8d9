import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { reportNames, usageKeys } from '../reports/report.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';
import { usageRowSchema } from './usage-routes.ts';

const text = z.string().min(1).max(500).optional();
const bounds = z.object({ since: z.string(), until: z.string() });

const denialRowSchema = z
  .strictObject({
    api: z.string(),
    request: z.string().openapi({ description: 'Method and shape of the path.', example: 'GET /v1/orders/*' }),
    requests: z.int(),
    people: z.int(),
    requestsBefore: z.int(),
    lastHour: z.string(),
    example: z.string().openapi({ description: 'The last of the paths.' }),
    rule: z.string().nullable(),
    unlockedBy: z.array(z.string()).openapi({ description: 'Groups of which any one would allow it.' }),
    hint: z.string(),
  })
  .openapi('DenialRow');

const unusedRowSchema = z
  .strictObject({
    kind: z.enum(['api', 'rule', 'group', 'role', 'grant']),
    name: z.string(),
    api: z.string().nullable(),
    requestsBefore: z.int(),
    lastHour: z.string().nullable(),
  })
  .openapi('UnusedRow');

const anomalyRowSchema = z
  .strictObject({
    time: z.string(),
    rule: z.string(),
    person: z.string().nullable(),
    api: z.string().nullable(),
    remoteAddress: z.string(),
    detail: z.string(),
    device: z.string().nullable(),
    sessionId: z.string().nullable(),
    id: z.string(),
    acknowledged: z.string().nullable().optional(),
  })
  .openapi('AnomalyRow');

export const reportSchema = z
  .object({
    report: z.string(),
    since: z.string(),
    until: z.string(),
    before: bounds.nullable().openapi({ description: 'The period that it is compared with; null for none.' }),
    relays: z.int().openapi({ description: 'How many relays’ audits are counted.' }),
    countedUpTo: z.int(),
    missed: z.int(),
    rows: z.array(z.union([usageRowSchema, denialRowSchema, unusedRowSchema, anomalyRowSchema])),
  })
  .openapi('Report');

/** Reports on usage, denials, what nobody uses, people, groups and anomalies (docs/reports.md). */
export function addReportRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const route = adminRoute(audit, 'report', 'read-usage', '/admin/v1/reports/{report}', {
    method: 'get',
    summary: 'A report over a period, against the one before.',
    request: {
      params: z.object({ report: z.enum([...reportNames, 'anomalies']) }),
      query: z.strictObject({
        since: text.openapi({ description: 'ISO 8601, or 7d for so long ago; a week before the end when left out.' }),
        until: text.openapi({ description: 'The same; now when left out.' }),
        by: z.enum(usageKeys).optional(),
        api: text,
        user: text,
        group: text,
      }),
    },
    responses: answers(reportSchema, 'The report.'),
  });
  app.openapi(route, async (context) => {
    const { report } = context.req.valid('param');
    const asked = { report, ...defined(context.req.valid('query')) };
    return context.json((await reading.ask('report', place(), asked)) as never, 200);
  });
}
