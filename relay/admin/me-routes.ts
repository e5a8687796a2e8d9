import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { adminRoles } from '../config/admin-schema.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';
import { rightsOf } from './operator-roles.ts';

export const meSchema = z
  .object({
    name: z.string().openapi({ description: 'As records name the caller.' }),
    person: z.object({ issuer: z.string(), subject: z.string(), username: z.string() }).nullable(),
    roles: z.array(z.enum(adminRoles)),
    rights: z.array(z.string()),
    signIn: z.object({
      how: z.enum(['socket', 'token', 'console']),
      at: z.string().nullable().openapi({ description: 'Where the caller signed in; of the console alone.' }),
      endsAtMs: z.number().nullable(),
      idleEndsAtMs: z.number().nullable().openapi({ description: 'When it ends unless something is done.' }),
    }),
    relay: z.object({ name: z.string(), version: z.string() }),
  })
  .openapi('Me');

/** Who the caller is here. */
export function addMeRoutes(app: OpenAPIHono<AdminEnv>, { audit, config, relay }: AdminParts): void {
  const route = adminRoute(audit, 'me', 'see-relay', '/admin/v1/me', {
    method: 'get',
    summary: 'Who the caller is, what they may do, and until when they are signed in.',
    responses: answers(meSchema, 'The caller.'),
  });
  app.openapi(route, (context) => {
    const { name, person, roles, signIn } = context.get('caller');
    return context.json(
      {
        name,
        person,
        roles: [...roles],
        rights: [...new Set(roles.flatMap((role) => [...rightsOf[role]]))],
        signIn: {
          how: signIn.how,
          at: signIn.how === 'console' ? signIn.signedInAt : null,
          endsAtMs: signIn.how === 'socket' ? null : signIn.endsAtMs,
          idleEndsAtMs: signIn.how === 'console' ? signIn.idleEndsAtMs : null,
        },
        relay: { name: config().relay.name, version: relay.version },
      },
      200,
    );
  });
}
