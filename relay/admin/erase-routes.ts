import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { type AdminEnv, operatorOf } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, defined, reasonSchema } from './admin-route.ts';
import { BrokenOff } from './read-lane.ts';
import { demandToldApart, recordDenied } from './demand-told-apart.ts';

const erasedSchema = z
  .object({
    alias: z.string().openapi({ description: 'What the person is called in the audit and in reports from now on.' }),
    hadKey: z.boolean().openapi({ description: 'Whether there were keys to throw away.' }),
    sessions: z.int(),
    requests: z.int(),
    usageRows: z.int(),
    before: z
      .object({ count: z.int(), lastSeq: z.int() })
      .openapi({ description: 'Records that are older than audit.erasable, which stay as they are.' }),
    locks: z.array(z.string()).openapi({ description: 'Locks in force on the person, which stay.' }),
    revocationUntilMs: z.number().nullable().openapi({ description: 'Until when the end of the sign-ins stays.' }),
    notOverwritten: z
      .array(z.string())
      .openapi({ description: 'Files that were in use, so that bytes of what was deleted may be left in them.' }),
    waitingRelays: z
      .array(z.string())
      .openapi({ description: 'Relays that have yet to take the person out of their folders.' }),
    sharedNotErased: z.boolean().openapi({ description: 'Whether relays share more in Redis, which stays.' }),
    recorded: z
      .boolean()
      .openapi({ description: 'False when its record waits for whoever can write the audit again.' }),
  })
  .openapi('ErasedPerson');

/** Takes a person out of all that the relay keeps. */
export function addEraseRoutes(app: OpenAPIHono<AdminEnv>, { audit, config, place, reading, state }: AdminParts): void {
  const erase = adminRoute(audit, 'erasePerson', 'erase-people', '/admin/v1/people/erase', {
    method: 'post',
    summary:
      'Throws a person’s keys away, so that nobody can read in the audit who it was, and takes the person out of all else that is kept.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                who: z.string().min(1).max(500).openapi({ description: 'User name or subject.' }),
                issuer: z
                  .string()
                  .min(1)
                  .max(500)
                  .optional()
                  .openapi({ description: 'With it “who” is a subject, of whom there may be no key any more.' }),
                reason: reasonSchema.openapi({ description: 'Without the name; recorded with who does it.' }),
              })
              .openapi('PersonToErase'),
          },
        },
      },
    },
    responses: answers(erasedSchema, 'What was done, and what is left.'),
  });
  app.openapi(erase, async (context) => {
    const { who, issuer, reason } = context.req.valid('json');
    const caller = context.get('caller');
    // What nobody waits for any more isn’t begun.
    const { signal } = context.req.raw;
    await demandToldApart(audit, context, { config: config(), act: 'erase people' });
    const asked = { who, reason, operator: operatorOf(caller), by: caller.person, ...defined({ issuer }) };
    const result = await recordDenied(audit, context, () =>
      reading.ask('erasePerson', place(), asked, signal).catch(brokenOff),
    );
    if (result.status === 'ambiguous') {
      const people = result.people.map(({ subject, issuer: at }) => `${subject} at ${at}`).join(', ');
      throw new AccessError(
        'bad-input',
        `More than one person is called “${who}”: ${people}. Name subject and issuer.`,
      );
    }
    const { status: _status, isRecorded, ...erased } = result;
    const { redis, storage } = state();
    const sharedNotErased = storage === undefined && redis !== undefined && config().shared_state.store === 'redis';
    return context.json({ ...erased, sharedNotErased, recorded: isRecorded } as never, 200);
  });
}

/** @throws AccessError what to do about an erasure that ended in the middle */
function brokenOff(error: unknown): never {
  if (!(error instanceof BrokenOff)) throw error;
  throw new AccessError(
    'overloaded',
    'The erasure was broken off: the keys may be thrown away, and more be left. If they are, the relay goes on with it when it runs again; if not, say it again.',
    { cause: error },
  );
}
