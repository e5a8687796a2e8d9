import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { catalogEntrySchema } from '../../shared/catalog.ts';
import { requestSchema } from './access-routes.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, cursorSchema, nextSchema } from './admin-route.ts';
import { lockSchema } from './lock-routes.ts';
import { sessionSchema } from './session-routes.ts';

const whoShape = {
  id: z.string().openapi({ description: 'Who it is for good, for `/admin/v1/people/{person}`.' }),
  kind: z.enum(['person', 'service']),
  issuer: z.string(),
  provider: z.string().openapi({ description: 'The provider as people know it.' }),
  subject: z.string(),
  username: z.string(),
} as const;

export const listedSchema = z
  .object({
    ...whoShape,
    lastUsedAtMs: z.number(),
    sessions: z.int().openapi({ description: 'Sessions of the last 90 days, those that were ended among them.' }),
    locked: z.boolean().openapi({ description: 'Whether a lock is on the person by name.' }),
  })
  .openapi('ListedPerson');

export const personSchema = z
  .object({
    person: z.object(whoShape),
    lastUsedAtMs: z.number().nullable(),
    groups: z
      .object({ names: z.array(z.string()), atMs: z.number() })
      .nullable()
      .openapi({ description: 'As the audit saw them last; null when it has no record of the person.' }),
    apis: z.array(catalogEntrySchema).nullable().openapi({
      description:
        'What the person would see and may do by these groups, grants and locks; other claims of tokens aren’t known. Null without groups.',
    }),
    locks: z.array(lockSchema).openapi({ description: 'Those that shut the person out of everything.' }),
    sessions: z.array(sessionSchema).openapi({ description: 'At most 100, last used first.' }),
    grants: z.array(requestSchema).openapi({ description: 'Requests and grants, at most 100, newest first.' }),
    usage: z
      .object({
        since: z.string(),
        until: z.string(),
        rows: z.array(
          z.object({ api: z.string(), requests: z.int(), denied: z.int(), lastHour: z.string() }).openapi('PersonUse'),
        ),
      })
      .openapi({ description: 'Requests of the last 30 days by API.' }),
  })
  .openapi('Person');

const personParam = z
  .string()
  .min(1)
  .max(2000)
  .openapi({ description: 'The id; or a user name or subject that one person alone has.' });

/** People: who was here, what they may, what they used. */
export function addPeopleRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading, relay }: AdminParts): void {
  const list = adminRoute(audit, 'listPeople', 'read-people', '/admin/v1/people', {
    method: 'get',
    summary: 'Who had sessions in the last 90 days, last seen first.',
    request: {
      query: z.strictObject({
        search: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .openapi({ description: 'Part of the user name in any letter case, or the whole subject.' }),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z.object({ people: z.array(listedSchema), next: nextSchema }).openapi('People'),
      'A page of people.',
    ),
  });
  app.openapi(list, async (context) => {
    const { search, cursor = null, limit } = context.req.valid('query');
    const asked = { ...(search === undefined ? {} : { text: search }), cursor, limit };
    return context.json((await reading.ask('people', place(), asked)) as never, 200);
  });

  const see = adminRoute(audit, 'seePerson', 'read-people', '/admin/v1/people/{person}', {
    method: 'get',
    summary: 'One person: what they may, grants, locks, sessions, what they used.',
    request: {
      params: z.object({ person: personParam }),
      query: z.strictObject({}),
    },
    responses: answers(personSchema, 'What is known of the person.'),
  });
  app.openapi(see, async (context) => {
    const { person } = context.req.valid('param');
    return context.json((await reading.ask('person', place(), person)) as never, 200);
  });

  const quotas = adminRoute(audit, 'seeQuotas', 'read-people', '/admin/v1/people/{person}/quotas', {
    method: 'get',
    summary: 'What is left of the limits that count a person’s requests, and when they begin anew.',
    request: { params: z.object({ person: personParam }), query: z.strictObject({}) },
    responses: answers(
      z
        .object({
          apis: z.array(
            z
              .object({
                api: z.string(),
                quotas: z.array(
                  z.object({
                    name: z.string(),
                    limit: z.int(),
                    left: z.int(),
                    resetsAtMs: z.number(),
                    windowSeconds: z.int(),
                  }),
                ),
              })
              .openapi('ApiQuotas'),
          ),
        })
        .openapi('PersonQuotas'),
      'By API, of those with limits for the groups that the person was seen with last.',
    ),
  });
  app.openapi(quotas, async (context) => {
    const { person, groups } = await reading.ask('person', place(), context.req.valid('param').person);
    const { issuer, subject } = person;
    const apis = await relay.quotas({ issuer, subject, groups: groups?.names ?? [] });
    return context.json({ apis } as never, 200);
  });
}
