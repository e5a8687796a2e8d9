import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { redactedText } from '../config/redacted-text.ts';
import { recordEvent } from '../audit/record-event.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { policyRevisionOf } from './state-of-relay.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';

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

/** How the relay is, its APIs and its config. */
export function addRelayRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, relay, config, loaded, log, place, reading } = parts;
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
    await relay.reload();
    recordEvent(audit, log, 'policy-loaded', `asked for by ${name}: ${reason}`);
    return context.json({ policyRevision: policyRevisionOf(config()) }, 200);
  });
}

function shownProblem({ line, column, key, message }: { line: number; column: number; key: string; message: string }) {
  return { line, column, key, message };
}
