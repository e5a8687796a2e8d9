import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { recordFirst } from '../audit/record-first.ts';
import { orderedActs } from '../vitals/relay-order.ts';
import { type RelayState, relayStateSchema } from '../vitals/relay-state.ts';
import type { AdminContext, AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';
import { drainHere, loadWords } from './drain-here.ts';

export const listedSchema = z
  .object({
    ...relayStateSchema.shape,
    self: z.boolean().openapi({ description: 'Whether it is the one that answers.' }),
    silent: z.boolean().openapi({ description: 'Whether it has said nothing for a minute: it is down, or cut off.' }),
  })
  .openapi('RelayState');

/** Relays say how they are every 15 s. */
const silentMs = 60_000;
/** They look for orders every second or two. */
const waitMs = 250;
const mostWaits = 24;

/** This relay and those that share its storage or its Redis; any of them is drained from here. */
export function addRelaysRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, others, ownState } = parts;
  const list = adminRoute(audit, 'listRelays', 'see-relay', '/admin/v1/relays', {
    method: 'get',
    summary: 'This relay and those that share its storage or Redis: version, load, last reload, processes.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z
        .object({
          relays: z.array(listedSchema),
          unreadable: z
            .string()
            .nullable()
            .openapi({ description: 'Why the others aren’t known; null when they are, or nothing is shared.' }),
        })
        .openapi('Relays'),
      'This relay first, then the others of the last seven days as each said last.',
    ),
  });
  app.openapi(list, async (context) => {
    const nowMs = Date.now();
    let unreadable: string | null = null;
    const elsewhere =
      (await others?.others().catch((error: unknown): readonly RelayState[] => {
        if (!(error instanceof AccessError)) throw error;
        unreadable = error.message;
        return [];
      })) ?? [];
    const relays = [
      { ...ownState(), self: true, silent: false },
      ...elsewhere.map((state) => ({ ...state, self: false, silent: nowMs - state.atMs > silentMs })),
    ];
    return context.json({ relays, unreadable }, 200);
  });

  const body = {
    required: true,
    content: { 'application/json': { schema: z.strictObject({ reason: reasonSchema }).openapi('Reason') } },
  } as const;
  const changed = answers(
    z.object({ relay: z.object(relayStateSchema.shape).openapi('OwnRelayState') }).openapi('DrainedRelay'),
    'How it is now.',
  );

  const drain = adminRoute(audit, 'drain', 'run-relay', '/admin/v1/relay/drain', {
    method: 'post',
    summary: 'Sends people elsewhere: open tunnels are told to go, new ones refused, readiness says so.',
    request: { body },
    responses: changed,
  });
  app.openapi(drain, async (context) => {
    await drainHere(parts, 'drain', wordsOf(context, context.req.valid('json').reason));
    others?.say();
    return context.json({ relay: ownState() }, 200);
  });

  const undrain = adminRoute(audit, 'undrain', 'run-relay', '/admin/v1/relay/undrain', {
    method: 'post',
    summary: 'Takes tunnels again.',
    request: { body },
    responses: changed,
  });
  app.openapi(undrain, async (context) => {
    await drainHere(parts, 'undrain', wordsOf(context, context.req.valid('json').reason));
    others?.say();
    return context.json({ relay: ownState() }, 200);
  });

  const order = adminRoute(audit, 'orderRelay', 'run-relay', '/admin/v1/relays/{relay}/{order}', {
    method: 'post',
    summary: 'Drains a relay that shares the storage or the Redis with this one, or takes it back.',
    description:
      'The other one does it within 5 s, and records it too. Like a drain of its own it isn’t kept over its restart; of one that is down, or too old to know of it, it is refused.',
    request: { body, params: z.object({ relay: z.string().min(1).max(100), order: z.enum(orderedActs) }) },
    responses: answers(
      z
        .object({
          relay: listedSchema,
          obeyed: z.boolean().openapi({ description: 'Whether it has said so by now.' }),
        })
        .openapi('OrderedRelay'),
      'How it is now.',
    ),
  });
  app.openapi(order, async (context) => {
    const { relay: id, order: act } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    const listed = (state: RelayState): z.infer<typeof listedSchema> => ({
      ...state,
      self: state.id === ownState().id,
      silent: state.id !== ownState().id && Date.now() - state.atMs > silentMs,
    });
    if (id === ownState().id) {
      await drainHere(parts, act, wordsOf(context, reason));
      others?.say();
      return context.json({ relay: listed(ownState()), obeyed: true }, 200);
    }
    const known = (await others?.others())?.find((state) => state.id === id);
    if (others === null || known === undefined)
      throw new AccessError('bad-input', `No relay “${id}” shares a storage or a Redis with this one.`);
    const caller = context.get('caller').name;
    if (listed(known).silent) throw new AccessError('bad-config', `The relay ${id} has said nothing for a minute.`);
    if (!known.takesOrders)
      throw new AccessError(
        'bad-config',
        `The relay ${id} is of version ${known.version}, which takes no orders of others. Ask it itself.`,
      );
    const detail = `asked for by ${caller}: ${reason}, of the relay ${id} (before: ${loadWords(known)})`;
    await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event: `${act}-asked`, detail });
    const { startedAtMs } = known;
    await others.order({ id: randomUUID(), relay: id, startedAtMs, act, by: caller, at: ownState().id, reason });
    const wanted = act === 'drain';
    for (let waits = 0; ; waits += 1) {
      // It is ordered by now, whatever can be heard of it.
      const heard = await others.others().catch(() => []);
      const now = heard.find((state) => state.id === id) ?? known;
      const obeyed = now.draining === wanted && now.atMs > known.atMs;
      if (obeyed || waits >= mostWaits) return context.json({ relay: listed(now), obeyed }, 200);
      await sleep(waitMs);
    }
  });
}

function wordsOf(context: AdminContext, reason: string): string {
  return `${context.get('caller').name}: ${reason}`;
}
