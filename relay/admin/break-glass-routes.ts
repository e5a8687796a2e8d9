import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { accountActs, accountStates, changeAccount, listAccounts } from '../administration/emergency-accounts.ts';
import { type AdminEnv, operatorOf } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, outcomeShape, reasonSchema, shownOutcome } from './admin-route.ts';
import { requireNoAccountOfTheirOwn } from '../administration/second-person.ts';
import { demandToldApart, recordDenied } from './demand-told-apart.ts';

export const accountSchema = z
  .object({
    name: z.string(),
    state: z.enum(accountStates).openapi({
      description: 'Whether somebody can sign in with it. “not in config”: nobody can, and credentials are kept.',
    }),
    signIn: z.enum(['passkey', 'passphrase']).nullable(),
    passkeys: z.int(),
    groups: z.array(z.string()),
  })
  .openapi('EmergencyAccount');

export const changedAccountSchema = z
  .object({
    note: z.string().openapi({ description: 'What was done, as the audit has it, with how the account was before.' }),
    invitation: z
      .object({ link: z.string(), expiresAtMs: z.number() })
      .nullable()
      .openapi({ description: 'Of `invite`: the link, which can’t be read again, for the account’s person alone.' }),
    ...outcomeShape,
  })
  .openapi('ChangedEmergencyAccount');

/** The relay notes what is done twice a second. */
const longestWaitMs = 5000;

/** Accounts of the relay’s own, for when the provider is down. */
export function addBreakGlassRoutes(app: OpenAPIHono<AdminEnv>, { audit, config, state, relay }: AdminParts): void {
  const list = adminRoute(audit, 'listEmergencyAccounts', 'read-people', '/admin/v1/break-glass/accounts', {
    method: 'get',
    summary: 'The emergency accounts of the config, and who has enrolled; none where break-glass is off.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z
        .object({
          isOn: z.boolean().openapi({ description: 'Whether the config has break_glass.' }),
          twoPersons: z.boolean(),
          accounts: z.array(accountSchema),
        })
        .openapi('EmergencyAccounts'),
      'All of them.',
    ),
  });
  app.openapi(list, (context) => {
    const settings = config().break_glass;
    const accounts = settings === undefined ? [] : listAccounts(config());
    const shown = accounts.map(({ groups, ...account }) => ({ ...account, groups: [...groups] }));
    return context.json(
      { isOn: settings !== undefined, twoPersons: settings?.two_persons ?? false, accounts: shown },
      200,
    );
  });

  const change = adminRoute(
    audit,
    'changeEmergencyAccount',
    'change-accounts',
    '/admin/v1/break-glass/accounts/{account}/{act}',
    {
      method: 'post',
      summary:
        'Makes a link for enrolment, disables or enables an account, or removes what its person signs in with; the last three end open sessions, but for enabling.',
      request: {
        params: z.object({ account: z.string().min(1).max(100), act: z.enum(accountActs) }),
        body: {
          required: true,
          content: {
            'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('ReasonForAccount') },
          },
        },
      },
      responses: answers(changedAccountSchema, 'It is done.'),
    },
  );
  app.openapi(change, async (context) => {
    const { account, act } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    const caller = context.get('caller');
    // Whoever could open an account for themselves would have its groups, and two persons would be one.
    if (act === 'invite' || act === 'enable')
      await demandToldApart(audit, context, { config: config(), act: 'give access' });
    if (act === 'invite')
      await recordDenied(audit, context, async () => requireNoAccountOfTheirOwn(config(), caller.person, account));
    const { redis, storage } = state();
    const asked = { account, act, author: caller.name, person: caller.person, operator: operatorOf(caller), reason };
    const done = await changeAccount({ config: config(), redis, storage }, asked, { waitMs: longestWaitMs });
    if (done.invitation !== null) {
      context.set('isToldOnce', true);
      relay.tellEmergency({ account, atMs: Date.now(), by: caller.name });
    }
    return context.json({ note: done.note, invitation: done.invitation, ...shownOutcome(done) }, 200);
  });
}
