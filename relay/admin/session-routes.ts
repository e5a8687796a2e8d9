import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { endThese } from '../administration/sessions.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import {
  adminRoute,
  answers,
  cursorSchema,
  defined,
  nextSchema,
  outcomeShape,
  reasonSchema,
  shownOutcome,
} from './admin-route.ts';

const text = z.string().min(1).max(500).optional();

/** Which sessions; all that are given must fit. */
const filterShape = { session: text, person: text, device: text, appVersion: text, address: text, api: text } as const;

export const sessionSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['person', 'service']),
    issuer: z.string(),
    provider: z.string().openapi({ description: 'The provider as people know it.' }),
    subject: z.string(),
    username: z.string(),
    device: z
      .strictObject({
        id: z.string().optional(),
        name: z.string(),
        system: z.string(),
        appVersion: z.string(),
        attributes: z
          .record(z.string(), z.string())
          .optional()
          .openapi({ description: 'What IT says of the computer; left out where its client says nothing.' }),
      })
      .openapi({ description: 'As its client describes it; not verified.' }),
    chosenName: z
      .string()
      .nullable()
      .openapi({ description: 'What the person calls the device; null while that is what its client says.' }),
    acr: z.string().nullable(),
    amr: z
      .array(z.string())
      .optional()
      .openapi({ description: 'By what the person signed in (RFC 8176); left out where the provider doesn’t say.' }),
    signedInAtMs: z
      .number()
      .nullable()
      .openapi({ description: 'When the person last signed in at the provider; null when it doesn’t say.' }),
    binding: z.enum(['key', 'provider-session', 'device']).openapi({ description: 'What its tokens are told by.' }),
    sinceMs: z.number(),
    lastUsedAtMs: z.number(),
    addresses: z
      .record(z.string(), z.number())
      .openapi({ description: 'With the time of the last tunnel from there.' }),
    apis: z.record(z.string(), z.number()).openapi({ description: 'With the time of the last use.' }),
    openTunnels: z.int(),
    ended: z.strictObject({ by: z.string(), reason: z.string(), atMs: z.number() }).nullable(),
  })
  .openapi('Session');

/** People’s sessions on their devices: lists and ends them. */
export function addSessionRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading, state }: AdminParts): void {
  const list = adminRoute(audit, 'listSessions', 'read-people', '/admin/v1/sessions', {
    method: 'get',
    summary: 'Sessions that fit all filters, last used first.',
    request: {
      query: z.strictObject({
        ...filterShape,
        all: z.stringbool().default(false).openapi({ type: 'boolean', description: 'Those that were ended, too.' }),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z.object({ sessions: z.array(sessionSchema), next: nextSchema }).openapi('Sessions'),
      'A page of sessions.',
    ),
  });
  app.openapi(list, async (context) => {
    const { all, cursor, limit, ...filter } = context.req.valid('query');
    const asked = { filter: defined(filter), all, cursor, limit };
    return context.json((await reading.ask('sessions', place(), asked)) as never, 200);
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
    const sessions = await reading.ask('sessionsToEnd', place(), defined(filter));
    const { ended, ...outcome } = await endThese(state(), sessions, by, Date.now());
    return context.json({ ended, ...shownOutcome(outcome) } as never, 200);
  });
}
