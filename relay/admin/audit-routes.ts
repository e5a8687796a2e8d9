import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';

const text = z.string().min(1).max(500).optional();
const moment = text.openapi({ description: 'ISO 8601, or 7d for so long ago.', example: '7d' });

/** Filters of records, as they stand in an address. */
const filterShape = {
  user: text,
  group: text,
  api: text,
  method: text,
  path: text,
  effect: z.enum(['allow', 'deny']).optional(),
  rule: text,
  code: text,
  status: text,
  session: text,
  device: text,
  address: text,
  grant: text,
  type: text,
  request: text,
  since: moment,
  until: moment,
} as const;

export const auditPageSchema = z
  .object({
    records: z
      .array(
        z.object({
          seq: z.int(),
          relay: z.string().optional(),
          record: z.looseObject({ type: z.string(), timeMs: z.number() }),
          outcome: z.looseObject({ type: z.literal('outcome') }).nullable(),
        }),
      )
      .openapi({ description: 'Newest first; a decision comes with its outcome (docs/audit.md).' }),
    next: z
      .union([z.int(), z.string()])
      .nullable()
      .openapi({ description: 'Cursor of the next page; null at the end.' }),
  })
  .openapi('AuditPage');

/** Records of the audit, page by page. */
export function addAuditRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const list = adminRoute(audit, 'listAudit', 'read-audit', '/admin/v1/audit', {
    method: 'get',
    summary: 'Records that fit all filters, newest first.',
    request: {
      query: z.strictObject({
        ...filterShape,
        cursor: text.openapi({ description: '`next` of the page before.' }),
        relay: text.openapi({ description: 'Where relays share a storage: the records of one alone.' }),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(auditPageSchema, 'A page of records.'),
  });
  app.openapi(list, async (context) => {
    const { cursor, relay, limit, ...filters } = context.req.valid('query');
    const asked = { filters: defined(filters), limit, ...defined({ cursor, relay }) };
    return context.json((await reading.ask('audit', place(), asked)) as never, 200);
  });
}
