import { randomUUID } from 'node:crypto';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';
import { exportFormats } from './audit-tasks.ts';
import { type Part, sendParts } from './send-parts.ts';

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

/** Records of the audit: page by page, or all that fit as a file. */
export function addAuditRoutes(app: OpenAPIHono<AdminEnv>, { audit, log, place, reading }: AdminParts): void {
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

  const follow = adminRoute(audit, 'followAudit', 'read-audit', '/admin/v1/audit/new', {
    method: 'get',
    summary: 'Records after a place, as they were written, decisions and outcomes apart; for who follows the audit.',
    request: {
      query: z.strictObject({
        after: z
          .string()
          .max(20_000)
          .regex(/^(?:\d{1,15}|[a-z0-9-]{1,63}:\d{1,15}(?:,[a-z0-9-]{1,63}:\d{1,15})*)$/)
          .optional()
          .openapi({
            description: '`next` of the last answer; without it nothing but where the end is.',
            example: '1',
          }),
        relay: text.openapi({ description: 'Where relays share a storage: the records of one alone.' }),
      }),
    },
    responses: answers(
      z
        .object({
          records: z.array(z.object({ seq: z.int(), relay: z.string().optional(), payload: z.string() })),
          isBehind: z.boolean().openapi({ description: 'Whether there are more already.' }),
          next: z.union([z.int(), z.string()]),
        })
        .openapi('NewRecords'),
      'Some of them.',
    ),
  });
  app.openapi(follow, async (context) =>
    context.json((await reading.ask('auditFeed', place(), defined(context.req.valid('query')))) as never, 200),
  );

  const save = adminRoute(audit, 'exportAudit', 'read-audit', '/admin/v1/audit/export', {
    method: 'get',
    summary: 'All records that fit all filters, in their order, as a file.',
    request: {
      query: z.strictObject({
        ...filterShape,
        relay: text.openapi({ description: 'Where relays share a storage: the records of one alone.' }),
        cursor: z.string().min(1).max(20_000).optional().openapi({ description: 'From the record behind it on.' }),
        part: z.stringbool().default(false).openapi({
          type: 'boolean',
          description:
            'Only some: `Causeway-Cursor` is where the next part begins, `Causeway-More` whether there is one.',
        }),
        format: z.enum(exportFormats).default('jsonl').openapi({ description: 'As they are stored, or OCSF events.' }),
      }),
    },
    responses: { 200: { description: 'One record a line.', content: { 'application/jsonl': { schema: z.string() } } } },
  });
  app.openapi(save, async (context) => {
    const { relay, format, cursor: begin, part, ...filters } = context.req.valid('query');
    const asked = { filters: defined(filters), format, ...defined({ relay }) };
    const ask = (cursor?: string) => reading.ask('exportAudit', place(), { ...asked, ...defined({ cursor }) });
    const read = async (cursor?: string): Promise<Part> => {
      const { text: lines, next } = await ask(cursor);
      return { text: lines, next: next === null ? null : () => read(String(next)) };
    };
    if (part) {
      const { text: lines, next, end } = await ask(begin);
      context.header('Causeway-Cursor', String(next ?? end));
      context.header('Causeway-More', String(next !== null));
      return context.body(lines, 200, { 'Content-Type': 'application/jsonl; charset=utf-8' }) as never;
    }
    // What can't be meant is refused before anything is sent.
    const first = await read(begin);
    // Its own tag: otherwise all of it would be read to make one.
    context.header('ETag', `W/"${randomUUID()}"`);
    context.header('Content-Type', 'application/jsonl; charset=utf-8');
    context.header('Content-Disposition', `attachment; filename="audit.${format === 'ocsf' ? 'ocsf.' : ''}jsonl"`);
    return sendParts(context, 'read-audit', first, log) as never;
  });
}
