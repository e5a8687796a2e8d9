import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { timeOf } from '../../shared/moment.ts';
import { readLockTarget } from '../administration/lock-target.ts';
import { addLock, listLocks, pageOfLocks, removeLock } from '../administration/locks.ts';
import type { LockedPerson } from '../administration/names-of-locked.ts';
import { withSpared } from '../administration/spared-locks.ts';
import { revokePerson } from '../administration/revoke-person.ts';
import { type AdminEnv, operatorOf } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { demandMatch, tagOf } from './if-match.ts';
import type { Lock } from '../sessions/lock.ts';
import { isSilent, type RelayState } from '../vitals/relay-state.ts';
import {
  adminRoute,
  answers,
  cursorSchema,
  defined,
  nextSchema,
  outcomeShape,
  reasonSchema,
  shownOutcome,
} from './admin-route.ts';

/** Locks are shown without names rather than later. */
const namesWithinMs = 3000;

const text = z.string().min(1).max(500).optional();

export const lockSchema = z
  .strictObject({
    id: z.string(),
    target: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('person'), who: z.string(), issuer: z.string().nullable() }),
      z.strictObject({ type: z.literal('session'), session: z.string() }),
      z.strictObject({ type: z.literal('device'), device: z.string() }),
      z.strictObject({ type: z.literal('group'), group: z.string() }),
      z.strictObject({ type: z.literal('api'), api: z.string() }),
      z.strictObject({ type: z.literal('address'), network: z.string() }),
      z.strictObject({ type: z.literal('everything') }),
    ]),
    reason: z.string(),
    author: z.string(),
    createdAtMs: z.number(),
    untilMs: z.number().nullable(),
    removed: z.strictObject({ by: z.string(), reason: z.string(), atMs: z.number() }).nullable(),
  })
  .openapi('Lock');

const sparedAtSchema = z.array(z.strictObject({ relay: z.string(), addresses: z.array(z.string()) })).openapi({
  description:
    'Of a lock on an address: relays whose own config spares some of its network, and what of it; callers from there get in at them. Relays that have said nothing for a minute are left out.',
});

export const listedLockSchema = lockSchema
  .extend({
    username: z.string().nullable().openapi({
      description:
        'The user name that sessions know for a person who is locked by something else; null where there is none.',
    }),
    sparedAt: sparedAtSchema,
  })
  .openapi('ListedLock');

const lockedSchema = z.object({ lock: lockSchema, ...outcomeShape }).openapi('LockOutcome');

/** Locks, and the end of all sign-ins of a person. */
export function addLockRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, config, log, place, reading, state, others, ownState } = parts;
  /** This relay and those that it hears of. */
  const relaysNow = async (): Promise<readonly RelayState[]> => {
    const elsewhere = (await others?.others().catch(unlessUnavailable)) ?? [];
    return [ownState(), ...elsewhere.filter((relay) => !isSilent(relay, Date.now()))];
  };
  const list = adminRoute(audit, 'listLocks', 'read-people', '/admin/v1/locks', {
    method: 'get',
    summary: 'Locks in force, oldest first.',
    request: {
      query: z.strictObject({
        all: z.stringbool().default(false).openapi({ type: 'boolean', description: 'Those that are over, too.' }),
        cursor: cursorSchema,
        limit: z.coerce.number().int().min(1).max(1000).default(1000),
      }),
    },
    responses: answers(
      z.object({ locks: z.array(listedLockSchema), next: nextSchema }).openapi('Locks'),
      'A page of locks.',
    ),
  });
  app.openapi(list, async (context) => {
    const { all, limit, ...query } = context.req.valid('query');
    const { items, next } = await pageOfLocks(state(), { all, limit, ...defined(query) }, Date.now());
    const spared = new Map(withSpared(items, await relaysNow()).map(({ id, sparedAt }) => [id, sparedAt]));
    const locks = (await withNames(items)).map((lock) => ({ ...lock, sparedAt: spared.get(lock.id) ?? [] }));
    return context.json({ locks, next } as never, 200);
  });

  /** Most are by subject, which says little to whoever looks at the list; names that can’t be found in time are left out. */
  async function withNames(
    locks: readonly Lock[],
  ): Promise<readonly Omit<z.infer<typeof listedLockSchema>, 'sparedAt'>[]> {
    const people = locks.map(({ target }) => target).filter((target) => target.type === 'person');
    const names = people.length === 0 ? [] : await namesOf(people);
    const nameOf = new Map(people.map((target, index) => [target, names[index] ?? null]));
    return (locks as readonly z.infer<typeof lockSchema>[]).map((lock) => {
      const username = lock.target.type === 'person' ? (nameOf.get(lock.target) ?? null) : null;
      return { ...lock, username };
    });
  }

  async function namesOf(people: readonly LockedPerson[]): Promise<readonly (string | null)[]> {
    try {
      return await reading.ask('namesOfLocked', place(), people, AbortSignal.timeout(namesWithinMs));
    } catch (error) {
      log.warn({ err: error }, 'locks are listed without the names of people');
      return [];
    }
  }

  const found = async (id: string): Promise<Lock> => {
    const lock = (await listLocks(state(), { all: true }, Date.now())).find((one) => one.id === id);
    if (lock === undefined) throw new AccessError('bad-input', `There is no lock “${id}”.`);
    return lock;
  };
  const see = adminRoute(audit, 'seeLock', 'read-people', '/admin/v1/locks/{id}', {
    method: 'get',
    summary: 'One lock, with the tag that If-Match takes.',
    request: { params: z.object({ id: z.string().min(1).max(100) }), query: z.strictObject({}) },
    responses: answers(z.object({ lock: lockSchema, sparedAt: sparedAtSchema }).openapi('OneLock'), 'The lock.'),
  });
  app.openapi(see, async (context) => {
    const lock = await found(context.req.valid('param').id);
    context.header('ETag', tagOf(lock));
    const [listed] = withSpared([lock], await relaysNow());
    return context.json({ lock, sparedAt: listed?.sparedAt ?? [] } as never, 200);
  });

  const add = adminRoute(audit, 'addLock', 'lock', '/admin/v1/locks', {
    method: 'post',
    summary: 'Locks exactly one thing: a person, session, device, group, API, address, or everything.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                person: text,
                issuer: text.openapi({ description: 'With a person: name of the provider.' }),
                session: text,
                device: text,
                group: text,
                api: text,
                address: text.openapi({ description: 'Address or network (CIDR); an IPv6 address is its /64.' }),
                everything: z.literal(true).optional(),
                until: z.string().max(100).optional().openapi({ description: 'ISO 8601; never when left out.' }),
                reason: reasonSchema,
              })
              .openapi('LockToAdd'),
          },
        },
      },
    },
    responses: answers(lockedSchema, 'It is in force.'),
  });
  app.openapi(add, async (context) => {
    const { reason, until, ...target } = context.req.valid('json');
    const by = { author: context.get('caller').name, reason, untilMs: until === undefined ? null : timeOf(until) };
    const { lock, ...outcome } = await addLock(state(), readLockTarget(config(), defined(target)), by, Date.now());
    return context.json({ lock, ...shownOutcome(outcome) } as never, 200);
  });

  const remove = adminRoute(audit, 'removeLock', 'lock', '/admin/v1/locks/{id}/remove', {
    method: 'post',
    summary: 'Takes a lock away.',
    request: {
      params: z.object({ id: z.string().min(1).max(100) }),
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('LockToRemove') } },
      },
    },
    responses: answers(lockedSchema, 'It is gone.'),
  });
  app.openapi(remove, async (context) => {
    const by = { author: context.get('caller').name, reason: context.req.valid('json').reason };
    if (context.req.header('if-match') !== undefined) demandMatch(context, await found(context.req.valid('param').id));
    const { lock, ...outcome } = await removeLock(state(), context.req.valid('param').id, by, Date.now());
    return context.json({ lock, ...shownOutcome(outcome) } as never, 200);
  });

  const revoke = adminRoute(audit, 'revokePerson', 'end-sessions', '/admin/v1/people/revoke', {
    method: 'post',
    summary: 'Ends all sign-ins of a person: no relay takes a token from before.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                who: z.string().min(1).max(500).openapi({ description: 'User name or subject.' }),
                issuer: text.openapi({ description: 'With it “who” is a subject, and nobody has to have been here.' }),
                reason: reasonSchema,
              })
              .openapi('PersonToRevoke'),
          },
        },
      },
    },
    responses: answers(
      z
        .object({
          person: z.object({ issuer: z.string(), subject: z.string(), username: z.string() }),
          ...outcomeShape,
        })
        .openapi('RevokedPerson'),
      'The person is signed out.',
    ),
  });
  app.openapi(revoke, async (context) => {
    const { who, issuer, reason } = context.req.valid('json');
    const operator = operatorOf(context.get('caller'));
    const outcome = await revokePerson(state(), { who, issuer, operator, reason }, Date.now());
    if (outcome.status === 'nobody')
      throw new AccessError('bad-input', `Nobody called “${who}” is known here. Name the subject, with the issuer.`);
    if (outcome.status === 'several') {
      const people = outcome.people.map(({ subject, issuer: at }) => `${subject} at ${at}`).join(', ');
      throw new AccessError(
        'bad-input',
        `More than one person is called “${who}”: ${people}. Name subject and issuer.`,
      );
    }
    return context.json({ person: outcome.person, ...shownOutcome(outcome) }, 200);
  });
}

/** What the others spare can’t be told then; the locks can. */
function unlessUnavailable(error: unknown): readonly RelayState[] {
  if (error instanceof AccessError && error.code === 'shared-state-unavailable') return [];
  throw error;
}
