import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { giveGrant } from '../administration/access-requests.ts';
import { requireToldApart } from '../administration/second-person.ts';
import { requestSchema } from './access-routes.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, cursorSchema, defined, nextSchema, reasonSchema } from './admin-route.ts';

const text = z.string().min(1).max(2000).optional();
const mostHours = 8760;

const grantSchema = requestSchema
  .extend({
    requests: z.int().openapi({ description: 'Requests that it allowed.' }),
    lastHour: z.string().nullable().openapi({ description: 'The last hour with one; null for never used.' }),
  })
  .openapi('Grant');

/** Roles that people have for a time: who has them, what ends, what nobody needs; and giving one. */
export function addGrantRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, config, place, reading, state } = parts;
  const list = adminRoute(audit, 'listGrants', 'read-people', '/admin/v1/grants', {
    method: 'get',
    summary: 'Grants with what was made of them; what ends first first, then those that are over, newest first.',
    request: {
      query: z.strictObject({
        state: z
          .enum(['active', 'ending', 'unused', 'over', 'all'])
          .default('active')
          .openapi({ description: '`ending`: over within `withinHours`; `unused`: in force, and never needed.' }),
        withinHours: z.coerce.number().min(0).max(mostHours).default(24),
        person: text.openapi({ description: 'Id, user name or subject.' }),
        api: z.string().min(1).max(100).optional(),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
    },
    responses: answers(
      z.object({ grants: z.array(grantSchema), next: nextSchema }).openapi('Grants'),
      'A page of grants.',
    ),
  });
  app.openapi(list, async (context) => {
    const { state: wanted, withinHours, limit, ...query } = context.req.valid('query');
    const asked = { state: wanted, withinHours, limit, ...defined(query) };
    const { items, next } = await reading.ask('grants', place(), asked);
    return context.json({ grants: items, next } as never, 200);
  });

  const give = adminRoute(audit, 'giveGrant', 'decide-access', '/admin/v1/grants', {
    method: 'post',
    summary: 'Gives somebody a role that the config offers (access_requests), without a request.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                person: z.string().min(1).max(2000).openapi({
                  description: 'Id, user name or subject of who was here; with an issuer the subject of anybody.',
                }),
                issuer: text.openapi({ description: 'Name or identifier of the provider.' }),
                api: z.string().min(1).max(100).nullable().openapi({ description: 'Null for all APIs.' }),
                role: z.string().min(1).max(500),
                hours: z
                  .number()
                  .positive()
                  .max(mostHours)
                  .optional()
                  .openapi({ description: 'The most that the config offers when left out.' }),
                reason: reasonSchema,
              })
              .openapi('GrantToGive'),
          },
        },
      },
    },
    responses: answers(
      z.object({ grant: requestSchema, recorded: z.boolean() }).openapi('GivenGrant'),
      'It is in force.',
    ),
  });
  app.openapi(give, async (context) => {
    const { person: who, issuer, api, role, hours, reason } = context.req.valid('json');
    const { name: author, person } = context.get('caller');
    requireToldApart(config(), context.get('caller'));
    const to = issuer === undefined ? await known(who) : { issuer: issuerOf(issuer), subject: who, username: who };
    const given = { to, api, role, hours };
    const by = { author, person, reason };
    const { request, isRecorded } = await giveGrant(state(), config(), given, by, Date.now());
    return context.json({ grant: request, recorded: isRecorded } as never, 200);
  });

  async function known(who: string) {
    const { issuer, subject, username } = (await reading.ask('person', place(), who)).person;
    return { issuer, subject, username };
  }

  function issuerOf(given: string): string {
    const found = config().issuers.find(({ name, issuer }) => name === given || issuer === given);
    if (found === undefined)
      throw new AccessError('bad-input', `There is no provider “${given.slice(0, 100)}” in the configuration.`);
    return found.issuer;
  }
}
