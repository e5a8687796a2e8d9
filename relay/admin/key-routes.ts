import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { auditKeyAct } from '../administration/audit-key-act.ts';
import { replaceSigningKeys } from '../administration/replace-identity-keys.ts';
import { type AdminEnv, operatorOf } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';

const replacedSchema = z
  .object({
    key: z.string().openapi({ description: 'The one that signs from now on: a line to keep elsewhere, or a key id.' }),
    recorded: z
      .boolean()
      .openapi({ description: 'False when its record waits for whoever can write the audit again.' }),
  })
  .openapi('ReplacedKey');

/** The relay's own keys, replaced at once: the one that signs the audit, and those that sign identities for APIs. */
export function addKeyRoutes(app: OpenAPIHono<AdminEnv>, { audit, relay, state }: AdminParts): void {
  const replace = adminRoute(audit, 'replaceKey', 'change-keys', '/admin/v1/keys/{key}/replace', {
    method: 'post',
    summary: 'Puts a new key in the place of the one that signs the audit, or identities for APIs, at once.',
    request: {
      params: z.object({ key: z.enum(['audit', 'identity']) }),
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('KeyToReplace') } },
      },
    },
    responses: answers(replacedSchema, 'Another one signs.'),
  });
  app.openapi(replace, async (context) => {
    const { reason } = context.req.valid('json');
    const caller = context.get('caller');
    if (context.req.valid('param').key === 'audit') {
      const key = await relay.replaceAuditKey(auditKeyAct(operatorOf(caller), reason, Date.now()));
      return context.json({ key, recorded: true }, 200);
    }
    const asked = { operator: operatorOf(caller), reason };
    const { kid, isRecorded } = await replaceSigningKeys(state(), asked, Date.now());
    return context.json({ key: kid, recorded: isRecorded }, 200);
  });
}
