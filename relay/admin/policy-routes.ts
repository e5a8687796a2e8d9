import { isIP } from 'node:net';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { momentOf } from '../../shared/moment.ts';
import { stepUpSchema } from '../../shared/step-up.ts';
import { explainRequest, rulesInForce } from '../explain/explain-request.ts';
import { whatWouldChange } from '../explain/what-would-change.ts';
import type { ElsewhereKept } from '../revisions/config-at.ts';
import { keptInStorage } from '../stored/kept-in-storage.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined } from './admin-route.ts';

const grantSchema = z.strictObject({
  id: z.string(),
  username: z.string(),
  role: z.string(),
  approvedBy: z.string(),
  untilMs: z.number(),
});

export const explanationSchema = z
  .strictObject({
    api: z.string(),
    method: z.string(),
    path: z
      .string()
      .nullable()
      .openapi({ description: 'In its plain form; null when it is refused before the rules.' }),
    groups: z.array(z.string()),
    token: z
      .strictObject({ verified: z.boolean(), doubt: z.string() })
      .optional()
      .openapi({ description: 'Only with a token: whether the relay would accept it, and why not.' }),
    decision: z.discriminatedUnion('effect', [
      z.strictObject({
        effect: z.literal('allow'),
        rule: z.string(),
        reason: z.string(),
        grant: z.string().optional().openapi({ description: 'Because of which it holds.' }),
      }),
      z.strictObject({
        effect: z.literal('deny'),
        rule: z.string().nullable().openapi({ description: 'Null when no rule allows it.' }),
        reason: z.string(),
        unlockedBy: z.array(z.string()).openapi({ description: 'Groups of which any one would allow it.' }),
        stepUp: stepUpSchema.optional().openapi({ description: 'The fresh sign-in with which it would be allowed.' }),
      }),
    ]),
    locks: z.literal('unreadable').optional().openapi({ description: 'The decision leaves them out.' }),
    considered: z.array(
      z.strictObject({
        rule: z.string(),
        effect: z.enum(['allow', 'deny']),
        matched: z.boolean(),
        because: z.string(),
      }),
    ),
    policyRevision: z.string(),
    revision: z
      .strictObject({ hash: z.string(), sinceMs: z.number(), untilMs: z.number().nullable() })
      .optional()
      .openapi({ description: 'Only for a time in the past: the config that was in force then.' }),
    grants: z
      .union([z.array(grantSchema), z.literal('unreadable')])
      .optional()
      .openapi({ description: 'Only for a time in the past: those that counted at this API then.' }),
    who: z.string().openapi({ description: 'Whom it speaks of.' }),
    apiName: z.string(),
    wouldChange: z.array(z.string()).openapi({ description: 'What would change the decision, in sentences.' }),
  })
  .openapi('Explanation');

/** How a request would be decided, now or by the rules of a past time. */
export function addPolicyRoutes(app: OpenAPIHono<AdminEnv>, { audit, loaded, log, place }: AdminParts): void {
  const explain = adminRoute(audit, 'explain', 'read-policy', '/admin/v1/policy/explain', {
    method: 'post',
    summary: 'Says how a request would be decided and why, rule by rule.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                method: z.string().min(1).max(40),
                url: z.string().min(1).max(8192).openapi({ example: 'https://orders/v1/orders' }),
                groups: z.array(z.string().max(256)).max(1000).default([]),
                as: z.string().max(256).optional().openapi({ description: 'Whose locks count.' }),
                issuer: z.string().max(500).optional().openapi({ description: 'Name of a provider in the config.' }),
                address: z
                  .string()
                  .max(100)
                  .refine((text) => isIP(text) !== 0, 'it isn’t an IP address')
                  .optional()
                  .openapi({ description: 'Where the tunnel comes from.' }),
                at: z.string().max(100).optional().openapi({ description: 'By the rules and locks of this time.' }),
                currentRules: z
                  .boolean()
                  .default(false)
                  .openapi({ description: 'By the rules of now, also for a time in the past.' }),
                relay: z.string().max(100).optional().openapi({
                  description: 'For a time in the past, by the rules of that relay of those that share a storage.',
                }),
                token: z.string().max(32_768).optional().openapi({
                  description: 'An access token that says who asks; groups and what else is given don’t count then.',
                }),
                kind: z.enum(['person', 'service']).default('person'),
                scopes: z.array(z.string().max(256)).max(1000).default([]),
                claims: z.record(z.string(), z.unknown()).default({}).openapi({ description: 'Of the token.' }),
                acr: z.string().max(500).optional().openapi({ description: 'Kind of the sign-in.' }),
                signedInAt: z.string().max(100).optional().openapi({ description: 'When the person signed in.' }),
              })
              .openapi('RequestToExplain'),
          },
        },
      },
    },
    responses: answers(explanationSchema, 'The decision with every rule that was considered.'),
  });
  /** What the data folder lost, such as one without a lasting disk, is in the storage. */
  const elsewhere = async (relay?: string): Promise<ElsewhereKept | undefined> => {
    const { shared } = place().counts;
    if (shared === null && relay !== undefined)
      throw new AccessError('bad-input', 'The config names no “storage”: there is this relay alone.');
    if (shared === null) return undefined;
    const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
    const asked = { ...shared, ...(relay === undefined ? {} : { relay }) };
    return { store: openSharedRevisions(asked, log), isAskedFor: relay !== undefined };
  };
  app.openapi(explain, async (context) => {
    const { method, url, groups, as, issuer, address, at, currentRules, relay, ...caller } = context.req.valid('json');
    const atMs = at === undefined ? undefined : momentOf(at, Date.now());
    const rules =
      atMs === undefined || currentRules
        ? { loaded: loaded() }
        : await rulesInForce(loaded().path, atMs, () => elsewhere(relay));
    const { token, kind, scopes, claims, acr, signedInAt } = caller;
    const authTimeMs = signedInAt === undefined ? undefined : momentOf(signedInAt, Date.now());
    const asked = {
      method,
      url,
      groups,
      subject: { kind, scopes, claims, acr, authTimeMs },
      ...defined({ as, issuer, token }),
      context: {
        ...(address === undefined ? {} : { remoteAddress: address }),
        ...(atMs === undefined ? {} : { timeMs: atMs }),
      },
    };
    const { storage } = loaded();
    const { explanation, api, who } = await explainRequest(
      rules,
      asked,
      storage === undefined ? undefined : keptInStorage(storage),
    );
    const said = { who, apiName: api.name, wouldChange: whatWouldChange(explanation, api) };
    return context.json({ ...explanation, ...said } as never, 200);
  });
}
