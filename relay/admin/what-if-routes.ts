import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

const maxTextLength = 4_194_304;
/** One at a time: who asks over the network, or as one of a group, must not keep others from it for long. */
const mostSeconds = 60;
/** What the command asks for unless told otherwise. */
const mostSecondsOfGroup = 300;
const millisecondsOf = 'Milliseconds since the epoch.';

const change = z.enum(['lost', 'gained', 'uncertain']);
const verdictShape = {
  effect: z.enum(['allow', 'deny', 'unknown']),
  rule: z.string().nullable().openapi({ description: 'Null when no rule decides.' }),
} as const;
const verdict = z.object(verdictShape);

const changeSchema = z
  .object({
    change,
    person: z.object({ issuer: z.string(), subject: z.string(), username: z.string() }),
    groups: z.array(z.string()).openapi({ description: 'As of the last of the requests.' }),
    api: z.string(),
    method: z.string(),
    path: z.string().openapi({
      description: 'Segments with a digit, and long ones, are *; what follows the sixth is **.',
      example: '/*/orders/*',
    }),
    examplePath: z.string(),
    requests: z.int(),
    firstAtMs: z.number().openapi({ description: millisecondsOf }),
    lastAtMs: z.number().openapi({ description: millisecondsOf }),
    recorded: verdict.openapi({ description: 'How the last of them was decided when it came.' }),
    inForce: verdict.openapi({ description: 'How the config in force would decide it.' }),
    proposed: z.object({
      ...verdictShape,
      reason: z.string(),
      dependsOn: z.array(z.string()).openapi({ description: 'What no record tells and it depends on, in words.' }),
    }),
  })
  .openapi('WhatIfChange');

const total = z.object({ requests: z.int(), people: z.int() });

export const whatIfSchema = z
  .object({
    proposedRevision: z.string(),
    inForceRevision: z.string(),
    scope: z.object({
      sinceMs: z.number(),
      untilMs: z.number(),
      reachedMs: z.number().nullable().openapi({ description: 'The oldest record that was looked at.' }),
      records: z.int(),
      decisions: z.int(),
      stoppedBy: z
        .enum(['time', 'records', 'audit-begins'])
        .nullable()
        .openapi({ description: 'Why it doesn’t reach back to the beginning; null when it does.' }),
      leftOut: z
        .record(z.string(), z.int())
        .openapi({ description: 'Requests that rules didn’t decide, by the code of their problem.' }),
      withoutRow: z.int().openapi({ description: 'Requests of rows beyond the number that was asked for.' }),
      notes: z.array(z.string()),
    }),
    totals: z.object({ lost: total, gained: total, uncertain: total }),
    changes: z.array(changeSchema),
    groups: z.array(z.object({ group: z.string(), change, people: z.int(), requests: z.int() })),
    changedApis: z.array(z.string()),
  })
  .openapi('WhatIf');

/** What a proposed config would have done to the requests of the past. */
export function addWhatIfRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, loaded, config, state, place, whatIf } = parts;
  const route = adminRoute(audit, 'whatIf', 'read-policy', '/admin/v1/policy/what-if', {
    method: 'post',
    summary: 'Says who would lose or gain what by a proposed config, by the requests of the last days.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                text: z.string().min(1).max(maxTextLength).openapi({ description: 'A whole config.' }),
                days: z.number().gt(0).max(366).default(7),
                records: z.int().min(1).max(100_000_000).default(1_000_000),
                seconds: z.int().min(1).max(86_400).default(20).openapi({
                  description:
                    'Most time that it may take: 60 at the port, 300 at the socket, more for the relay’s own user and root there.',
                }),
                rows: z.int().min(1).max(20_000).default(500),
              })
              .openapi('ConfigToCompare'),
          },
        },
      },
    },
    responses: answers(whatIfSchema, 'What would change, and what was looked at.'),
  });
  app.openapi(route, async (context) => {
    const asked = context.req.valid('json');
    const { signIn, machineUser, isSocketShared = false } = context.get('caller');
    const isOwner = signIn.how === 'socket' && (machineUser?.opensFiles ?? !isSocketShared);
    const most = signIn.how === 'socket' ? mostSecondsOfGroup : mostSeconds;
    if (asked.seconds > most && !isOwner)
      throw new AccessError('bad-input', `“seconds” can’t be used: at most ${most} here.`);
    const { outgoing } = context.env;
    const ending = new AbortController();
    outgoing.once('close', () => ending.abort());
    const at = { path: loaded().path, inForce: config(), state: state(), shared: place().counts.shared };
    return context.json((await whatIf.ask(at, asked, ending.signal)) as never, 200);
  });
}
