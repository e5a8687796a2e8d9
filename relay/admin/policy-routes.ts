import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { momentOf } from '../../shared/moment.ts';
import { explainRequest, rulesInForce } from '../explain/explain-request.ts';
import type { ElsewhereKept } from '../revisions/config-at.ts';
import { keptInStorage } from '../stored/kept-in-storage.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

export const explanationSchema = z
  .looseObject({
    api: z.string(),
    method: z.string(),
    path: z.string().nullable(),
    groups: z.array(z.string()),
    decision: z.looseObject({ effect: z.enum(['allow', 'deny']), reason: z.string() }),
    considered: z.array(z.looseObject({ rule: z.string(), matched: z.boolean(), because: z.string() })),
    policyRevision: z.string(),
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
                address: z.string().max(100).optional().openapi({ description: 'Where the tunnel comes from.' }),
                at: z.string().max(100).optional().openapi({ description: 'By the rules and locks of this time.' }),
              })
              .openapi('RequestToExplain'),
          },
        },
      },
    },
    responses: answers(explanationSchema, 'The decision with every rule that was considered.'),
  });
  /** What the data folder lost, such as one without a lasting disk, is in the storage. */
  const elsewhere = async (): Promise<ElsewhereKept | undefined> => {
    const { shared } = place().counts;
    if (shared === null) return undefined;
    const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
    return { store: openSharedRevisions(shared, log), isAskedFor: false };
  };
  app.openapi(explain, async (context) => {
    const { method, url, groups, as, issuer, address, at } = context.req.valid('json');
    const atMs = at === undefined ? undefined : momentOf(at, Date.now());
    const rules = atMs === undefined ? { loaded: loaded() } : await rulesInForce(loaded().path, atMs, elsewhere);
    const asked = {
      method,
      url,
      groups,
      ...(as === undefined ? {} : { as }),
      ...(issuer === undefined ? {} : { issuer }),
      context: {
        ...(address === undefined ? {} : { remoteAddress: address }),
        ...(atMs === undefined ? {} : { timeMs: atMs }),
      },
    };
    const { storage } = loaded();
    const { explanation } = await explainRequest(
      rules,
      asked,
      storage === undefined ? undefined : keptInStorage(storage),
    );
    return context.json(explanation as never, 200);
  });
}
