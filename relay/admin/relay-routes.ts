import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { EffectiveKey } from '../config/effective-config.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { redactedText } from '../config/redacted-text.ts';
import { recordFirst } from '../audit/record-first.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { policyRevisionOf } from './state-of-relay.ts';
import { adminRoute, answers, defined, reasonSchema } from './admin-route.ts';

const maxConfigLength = 4_194_304;

export const relaySchema = z
  .object({
    name: z.string(),
    url: z.string(),
    version: z.string(),
    startedAtMs: z.number(),
    ready: z.boolean(),
    problems: z.array(z.string()).openapi({ description: 'What keeps it from being ready.' }),
    auditHealthy: z.boolean(),
    policyRevision: z.string(),
    stateIn: z
      .enum(['folder', 'redis', 'storage'])
      .openapi({ description: 'Where it keeps sessions, locks and grants: alone, or with other relays.' }),
  })
  .openapi('Relay');

export const apiSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    owner: z.string().nullable(),
    upstream: z.string(),
    rules: z.int(),
    roles: z.array(z.string()).openapi({ description: 'Roles that may be asked for.' }),
  })
  .openapi('Api');

export const problemSchema = z
  .object({ line: z.int(), column: z.int(), key: z.string(), message: z.string() })
  .openapi('ConfigProblem');

export const configTextSchema = z
  .object({ file: z.string(), text: z.string(), warnings: z.array(problemSchema) })
  .openapi('ConfigText');

const effectiveSources = [
  'file',
  'environment',
  'secret-file',
  'credential',
  'preset',
  'default',
  'derived',
] as const satisfies readonly EffectiveKey['source'][];

const revisionSchema = z
  .object({
    timeMs: z.number(),
    event: z.enum(['loaded', 'refused']),
    file: z.string(),
    hash: z.string(),
    isKept: z.boolean().openapi({ description: 'Whether its text is kept.' }),
    relay: z.string().optional().openapi({ description: 'Which relay, where they share a storage.' }),
  })
  .openapi('ConfigRevision');

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const effectiveSchema = z
  .object({
    key: z.string().openapi({ example: 'apis[0].timeout_seconds' }),
    value: z
      .union([scalar, z.array(scalar)])
      .openapi({ description: 'What is filled in from elsewhere stands as it is written in the file.' }),
    hidden: z.boolean().openapi({ description: 'Whether it is a secret that isn’t shown.' }),
    source: z.enum(effectiveSources),
    line: z.int().nullable().openapi({ description: 'In the file; null for what doesn’t stand there.' }),
  })
  .openapi('EffectiveKey');

/** How the relay is, its APIs and its config. */
export function addRelayRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, relay, config, loaded, place, reading } = parts;
  const show = adminRoute(audit, 'relay', 'see-relay', '/admin/v1/relay', {
    method: 'get',
    summary: 'How the relay is.',
    responses: answers(relaySchema, 'Its state.'),
  });
  app.openapi(show, (context) =>
    context.json(
      {
        name: config().relay.name,
        url: config().relay.url,
        version: relay.version,
        startedAtMs: parts.startedAtMs,
        ready: relay.ready(),
        problems: [...relay.problems()],
        auditHealthy: audit.healthy,
        policyRevision: policyRevisionOf(config()),
        stateIn: stateIn(parts.state()),
      },
      200,
    ),
  );

  const apis = adminRoute(audit, 'listApis', 'see-relay', '/admin/v1/apis', {
    method: 'get',
    summary: 'The APIs of the config in force.',
    responses: answers(z.object({ apis: z.array(apiSchema) }), 'All of them.'),
  });
  app.openapi(apis, (context) =>
    context.json(
      {
        apis: config().apis.map(({ id, name, description, owner, upstream, rules, access_requests: requests }) => ({
          id,
          name,
          description,
          owner: owner ?? null,
          upstream,
          rules: rules.length,
          roles: requests?.roles ?? [],
        })),
      },
      200,
    ),
  );

  const text = adminRoute(audit, 'config', 'read-config', '/admin/v1/config', {
    method: 'get',
    summary: 'The text of the config in force, without secrets.',
    responses: answers(configTextSchema, 'The text.'),
  });
  app.openapi(text, (context) => {
    const { path, source, warnings = [] } = loaded();
    return context.json(
      { file: path, text: redactedText(source?.text ?? ''), warnings: warnings.map(shownProblem) },
      200,
    );
  });

  const effective = adminRoute(audit, 'effectiveConfig', 'read-config', '/admin/v1/config/effective', {
    method: 'get',
    summary: 'Each value of the config in force with where it is from; without secrets.',
    request: {
      query: z.strictObject({
        search: z.string().min(1).max(200).optional().openapi({ description: 'Part of the key, in any letter case.' }),
        source: z.enum(effectiveSources).optional(),
        cursor: z.coerce.number().int().min(0).default(0).openapi({ description: '`next` of the page before.' }),
        limit: z.coerce.number().int().min(1).max(5000).default(1000),
      }),
    },
    responses: answers(
      z
        .object({
          file: z.string(),
          keys: z.array(effectiveSchema),
          next: z.int().nullable().openapi({ description: 'Cursor of the next page; null at the end.' }),
        })
        .openapi('EffectiveConfig'),
      'A page of keys, in the order of the config.',
    ),
  });
  app.openapi(effective, async (context) => {
    const { cursor: from, limit, ...query } = context.req.valid('query');
    const { path, source } = loaded();
    const asked = { path, text: source?.text, from, limit, ...defined(query) };
    const { keys, next } = await reading.ask('effectiveConfig', place(), asked);
    return context.json({ file: path, keys, next } as never, 200);
  });

  const revisions = adminRoute(audit, 'listConfigs', 'read-config', '/admin/v1/configs', {
    method: 'get',
    summary: 'Configs that were put in force or refused, newest first; of all relays that share a storage.',
    request: { query: z.strictObject({}) },
    responses: answers(z.object({ configs: z.array(revisionSchema) }).openapi('Configs'), 'All that are known.'),
  });
  app.openapi(revisions, async (context) =>
    context.json({ configs: [...(await reading.ask('configs', place(), undefined))] }, 200),
  );

  const revision = adminRoute(audit, 'configOfThen', 'read-config', '/admin/v1/configs/{hash}', {
    method: 'get',
    summary: 'The text of one, without secrets.',
    request: {
      params: z.object({
        hash: z
          .string()
          .regex(/^[0-9a-f]{4,64}$/)
          .openapi({ description: 'Or its first digits.' }),
      }),
      query: z.strictObject({}),
    },
    responses: answers(z.object({ text: z.string() }).openapi('ConfigOfThen'), 'The text.'),
  });
  app.openapi(revision, async (context) =>
    context.json({ text: await reading.ask('configText', place(), context.req.valid('param').hash) }, 200),
  );

  const check = adminRoute(audit, 'checkConfig', 'read-policy', '/admin/v1/config/check', {
    method: 'post',
    summary: 'Says what is wrong with a config, without putting it in force.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.strictObject({ text: z.string().max(maxConfigLength) }).openapi('ConfigToCheck'),
          },
        },
      },
    },
    responses: answers(
      z.object({ problems: z.array(problemSchema), warnings: z.array(problemSchema) }).openapi('CheckedConfig'),
      'Its problems; none means that it can be used.',
    ),
  });
  app.openapi(check, async (context) => {
    const asked = { path: loaded().path, text: context.req.valid('json').text };
    const { problems, warnings } = await reading.ask('checkConfig', place(), asked);
    return context.json({ problems: problems.map(shownProblem), warnings: warnings.map(shownProblem) }, 200);
  });

  const reload = adminRoute(audit, 'reload', 'run-relay', '/admin/v1/relay/reload', {
    method: 'post',
    summary: 'Reads the config file again and puts it in force.',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('Reason') } },
      },
    },
    responses: answers(z.object({ policyRevision: z.string() }).openapi('Reloaded'), 'It is in force.'),
  });
  app.openapi(reload, async (context) => {
    const { reason } = context.req.valid('json');
    const { name } = context.get('caller');
    const detail = `asked for by ${name}: ${reason} (before: policy ${policyRevisionOf(config())})`;
    await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event: 'reload-asked', detail });
    await relay.reload();
    return context.json({ policyRevision: policyRevisionOf(config()) }, 200);
  });
}

function stateIn({ storage, redis }: StatePlace): 'folder' | 'redis' | 'storage' {
  if (storage !== undefined) return 'storage';
  return redis === undefined ? 'folder' : 'redis';
}

function shownProblem({ line, column, key, message }: { line: number; column: number; key: string; message: string }) {
  return { line, column, key, message };
}
