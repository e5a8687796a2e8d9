import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { reportNames, usageKeys } from '../reports/report.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';

const text = z.string().min(1).max(500).optional();
const bounds = z.object({ since: z.string(), until: z.string() });

export const reportSchema = z
  .object({
    report: z.string(),
    since: z.string(),
    until: z.string(),
    before: bounds.nullable().openapi({ description: 'The period that it is compared with; null for none.' }),
    relays: z.int().openapi({ description: 'How many relays’ audits are counted.' }),
    countedUpTo: z.int(),
    missed: z.int(),
    rows: z.array(z.looseObject({})),
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
