import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { requireApi } from '../administration/see-api.ts';
import type { ApiConfig } from '../config/config-schema.ts';
import { apiOf } from '../vitals/process-vitals.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

const ruleSchema = z
  .object({
    name: z.string(),
    effect: z.enum(['allow', 'deny']),
    groups: z.array(z.string()).nullable().openapi({ description: 'Any one of these; null for everybody signed in.' }),
    methods: z.array(z.string()),
    paths: z.array(z.string()),
    description: z.string().nullable(),
    asksFor: z.array(z.string()).openapi({ description: 'What else it looks at: claims, times, networks, device, …' }),
  })
  .openapi('ApiRule');

const useSchema = z
  .object({
    since: z.string(),
    until: z.string(),
    requests: z.int(),
    denied: z.int(),
    people: z.int(),
    byPerson: z.array(
      z.object({
        issuer: z.string(),
        subject: z.string(),
        username: z.string(),
        requests: z.int(),
        denied: z.int(),
      }),
    ),
    byRule: z.array(z.object({ rule: z.string().nullable(), allowed: z.boolean(), requests: z.int() })),
  })
  .openapi('ApiUse');

export const apiSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    owner: z.string().nullable(),
    upstream: z.string(),
    protocol: z.enum(['http1', 'http2']),
    health: z
      .object({
        answeredAtMs: z.number().nullable(),
        failure: z.object({ atMs: z.number(), code: z.string(), detail: z.string() }).nullable(),
        openConnections: z.int(),
      })
      .openapi({
        description: 'The last answer of the API and the last failure of it, since the start of this relay.',
      }),
    rules: z.array(ruleSchema),
    limits: z.array(
      z.object({ name: z.string(), requests: z.int(), every: z.string(), per: z.string() }).openapi('ApiLimit'),
    ),
    roles: z.array(z.string()).openapi({ description: 'Roles that may be asked for.' }),
    use: useSchema.openapi({
      description: 'The last seven days, of all relays that share a storage; 20 rows at most.',
    }),
  })
  .openapi('ApiDetail');

const always = new Set(['name', 'effect', 'groups', 'methods', 'paths', 'description']);

/** One API: how it answers, who may, who does. */
export function addApiRoutes(app: OpenAPIHono<AdminEnv>, { audit, config, place, reading, relay }: AdminParts): void {
  const see = adminRoute(audit, 'seeApi', 'read-usage', '/admin/v1/apis/{api}', {
    method: 'get',
    summary: 'One API: how its upstream answers, who may do what, who used it.',
    request: { params: z.object({ api: z.string().min(1).max(100) }), query: z.strictObject({}) },
    responses: answers(apiSchema, 'What is known of it.'),
  });
  app.openapi(see, async (context) => {
    const { api } = context.req.valid('param');
    const found = requireApi(config(), api);
    const use = await reading.ask('apiUse', place(), api);
    return context.json(
      {
        id: found.id,
        name: found.name,
        description: found.description,
        owner: found.owner ?? null,
        upstream: found.upstream,
        protocol: found.protocol,
        health: apiOf(relay.vitals(), api),
        rules: found.rules.map(shownRule),
        limits: limitsOf(found, config().request_limits),
        roles: [...(found.access_requests?.roles ?? [])],
        use: { ...use, byPerson: [...use.byPerson], byRule: [...use.byRule] },
      },
      200,
    );
  });
}

function shownRule(rule: ApiConfig['rules'][number]) {
  const { name, effect, groups, methods, paths, description } = rule;
  const isEverybody = groups === undefined || groups.includes('*');
  const asksFor = Object.entries(rule).filter(([key, value]) => !always.has(key) && value !== undefined);
  return {
    name,
    effect,
    groups: isEverybody ? null : [...groups],
    methods: [...methods],
    paths: [...paths],
    description: description ?? null,
    asksFor: asksFor.map(([key]) => key),
  };
}

function limitsOf({ request_limits: own }: ApiConfig, shared: ApiConfig['request_limits']) {
  return [...own, ...shared].map(({ name, requests, every, per }) => ({ name, requests, every, per }));
}
