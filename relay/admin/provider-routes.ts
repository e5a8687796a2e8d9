import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { providersOf } from '../vitals/process-vitals.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

const failureSchema = z.object({ atMs: z.number(), detail: z.string() }).nullable();

export const providerSchema = z
  .object({
    name: z.string(),
    issuer: z.string(),
    ready: z.boolean().openapi({ description: 'Whether sign-ins can be checked.' }),
    keys: z
      .array(z.object({ kid: z.string(), sinceMs: z.number() }))
      .openapi({ description: 'Keys in use, and since when this relay knows each.' }),
    leftOut: z.array(z.string()).openapi({ description: 'Published keys that can’t be used, and why.' }),
    keysFetchedAtMs: z.number().nullable(),
    nextFetchAtMs: z.number().nullable(),
    failures: z.int().openapi({ description: 'Fetches that failed since the last one that didn’t.' }),
    lastError: failureSchema.openapi({ description: 'The last failure since the start, also where it is over.' }),
    clockDifferenceMs: z
      .number()
      .nullable()
      .openapi({ description: 'The provider’s clock minus the relay’s, by the Date header; to the second.' }),
    groupsLookup: z
      .object({ answeredAtMs: z.number().nullable(), lastError: failureSchema })
      .nullable()
      .openapi({ description: 'How asking its directory went; null where that isn’t configured.' }),
  })
  .openapi('Provider');

const mostKeys = 500;

/** What signs people in, and how far it can be reached. */
export function addProviderRoutes(app: OpenAPIHono<AdminEnv>, { audit, relay }: AdminParts): void {
  const list = adminRoute(audit, 'listProviders', 'see-relay', '/admin/v1/providers', {
    method: 'get',
    summary: 'The providers: keys and their age, errors, clock difference, lookups of groups.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z.object({ providers: z.array(providerSchema) }).openapi('Providers'),
      'As this relay sees them; of several workers, the one whose keys are oldest.',
    ),
  });
  app.openapi(list, (context) =>
    context.json(
      {
        providers: providersOf(relay.vitals()).map(({ keys, leftOut, ...provider }) => ({
          ...provider,
          keys: keys.slice(0, mostKeys),
          leftOut: leftOut.slice(0, mostKeys),
        })),
      },
      200,
    ),
  );
}
