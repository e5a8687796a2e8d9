import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

const timeSchema = z.number().nullable();

export const transmitterSchema = z
  .object({
    name: z.string(),
    ways: z.array(z.enum(['push', 'poll'])).openapi({ description: 'How its events come.' }),
    accepted: z.int().openapi({ description: 'Tokens that were taken.' }),
    repeated: z.int(),
    refused: z.int(),
    acted: z.int().openapi({ description: 'Events that sign-ins were ended or people locked for.' }),
    unknownSubject: z.int(),
    unknownEvent: z.int(),
    acceptedAtMs: timeSchema,
    answeredAtMs: timeSchema.openapi({ description: 'When it answered last; of those that are polled.' }),
    verifiedAtMs: timeSchema.openapi({ description: 'When it proved last that its events arrive.' }),
    stream: z
      .string()
      .nullable()
      .openapi({ description: 'What it said last of the stream: enabled, paused, disabled.' }),
    error: z.string().nullable(),
    errorAtMs: timeSchema,
  })
  .openapi('Transmitter');

/** Providers that send events of sign-ins and accounts. */
export function addSignalRoutes(app: OpenAPIHono<AdminEnv>, { audit, place, reading }: AdminParts): void {
  const list = adminRoute(audit, 'listSignals', 'see-relay', '/admin/v1/signals', {
    method: 'get',
    summary: 'How each provider that sends events fares.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z.object({ transmitters: z.array(transmitterSchema) }).openapi('Transmitters'),
      'All of the config.',
    ),
  });
  app.openapi(list, async (context) =>
    context.json({ transmitters: await reading.ask('signals', place(), undefined) } as never, 200),
  );
}
