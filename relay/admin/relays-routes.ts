import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { whyNoOrders } from '../administration/why-no-orders.ts';
import { recordFirst } from '../audit/record-first.ts';
import { type OrderedAct, orderedActs, refuseWorkerOrder } from '../vitals/relay-order.ts';
import { isSilent, type RelayState, relayStateSchema } from '../vitals/relay-state.ts';
import type { AdminContext, AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';
import { loadWords, whichWords } from './drain-here.ts';

export const listedSchema = z
  .object({
    ...relayStateSchema.shape,
    self: z.boolean().openapi({ description: 'Whether it is the one that answers.' }),
    silent: z.boolean().openapi({
      description: 'Whether it says no more: it was stopped, or has said nothing for a minute, being down or cut off.',
    }),
    noOrders: z.string().nullable().openapi({
      description: 'Why it can’t be drained or taken back from here, and what to do instead; null when it can.',
    }),
  })
  .openapi('RelayState');

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
    let unreadable: string | null = null;
    const elsewhere =
      (await others?.others().catch((error: unknown): readonly RelayState[] => {
        if (!(error instanceof AccessError)) throw error;
        unreadable = error.message;
        return [];
      })) ?? [];
    const own = ownState();
    const relays = [listedSelf(own), ...elsewhere.map((state) => listedOther(state, own))];
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

  const own = [
    ['drain', 'Sends people elsewhere: open tunnels are told to go, new ones refused, readiness says so.'],
    ['undrain', 'Takes tunnels again, at all workers.'],
  ] as const;
  for (const [act, summary] of own) {
    const route = adminRoute(audit, act, 'run-relay', `/admin/v1/relay/${act}`, {
      method: 'post',
      summary,
      request: { body },
      responses: changed,
    });
    app.openapi(route, async (context) => {
      await parts.drainHere({ act, worker: null, words: wordsOf(context, context.req.valid('json').reason) });
      others?.say();
      return context.json({ relay: ownState() }, 200);
    });
  }

  const ordered = answers(
    z
      .object({
        relay: listedSchema,
        obeyed: z.boolean().openapi({ description: 'Whether it has said by now that it did it.' }),
      })
      .openapi('OrderedRelay'),
    'How it is now.',
  );
  const relayParam = z.string().min(1).max(100);
  const order = adminRoute(audit, 'orderRelay', 'run-relay', '/admin/v1/relays/{relay}/{order}', {
    method: 'post',
    summary: 'Drains a relay that shares the storage or the Redis with this one, or takes it back.',
    description:
      'The other one does it within 5 s, and records it too. Like a drain of its own it isn’t kept over its restart; of one that is down, or of another version, it is refused.',
    request: { body, params: z.object({ relay: relayParam, order: z.enum(orderedActs) }) },
    responses: ordered,
  });
  app.openapi(order, async (context) => {
    const { relay, order: act } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    return context.json(await orderAnywhere(parts, context, { relay, worker: null, act, reason }), 200);
  });

  const orderWorker = adminRoute(
    audit,
    'orderWorker',
    'run-relay',
    '/admin/v1/relays/{relay}/workers/{worker}/{order}',
    {
      method: 'post',
      summary: 'Drains one worker of this relay or another one, or takes it back: the others take its people.',
      description:
        'The relay stays ready. A process that takes the worker’s place is drained, too, until the worker is taken back or the relay is, or starts again. Refused for the last worker that takes people, and while all of the relay is drained.',
      request: {
        body,
        params: z.object({
          relay: relayParam,
          worker: z.coerce.number().int().min(1).max(1024).openapi({ description: 'Its number, from 1.' }),
          order: z.enum(orderedActs),
        }),
      },
      responses: ordered,
    },
  );
  app.openapi(orderWorker, async (context) => {
    const { relay, worker, order: act } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    return context.json(await orderAnywhere(parts, context, { relay, worker, act, reason }), 200);
  });
}

interface Order {
  readonly relay: string;
  /** Null for all of the relay. */
  readonly worker: number | null;
  readonly act: OrderedAct;
  readonly reason: string;
}

type Listed = z.infer<typeof listedSchema>;

/**
 * Has this relay or another one do it, and waits a while for it.
 * @throws AccessError `bad-input` or `bad-config` where it can’t be, `audit-unavailable`, `shared-state-unavailable`
 */
async function orderAnywhere(
  parts: AdminParts,
  context: AdminContext,
  { relay: id, worker, act, reason }: Order,
): Promise<{ relay: Listed; obeyed: boolean }> {
  const { audit, others, ownState, drainHere } = parts;
  if (id === ownState().id) {
    await drainHere({ act, worker, words: wordsOf(context, reason) });
    others?.say();
    return { relay: listedSelf(ownState()), obeyed: true };
  }
  const known = (await others?.others())?.find((state) => state.id === id);
  if (others === null || known === undefined)
    throw new AccessError('bad-input', `No relay “${id}” shares a storage or a Redis with this one.`);
  const why = whyNoOrders(known, ownState(), Date.now());
  if (why !== null) throw new AccessError('bad-config', `Nothing was ordered. ${why}`);
  if (worker !== null) refuseWorkerOrder(known, worker, act);
  const caller = context.get('caller').name;
  const before = loadWords(known, worker);
  const detail = `asked for by ${caller}: ${reason}, of the relay ${id}${whichWords(worker)} (before: ${before})`;
  await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event: `${act}-asked`, detail });
  const { startedAtMs } = known;
  const at = ownState().id;
  const atMs = await others.order({ relay: id, startedAtMs, worker, act, by: caller, at, reason }, known);
  for (let waits = 0; ; waits += 1) {
    // It is ordered by now, whatever can be heard of it.
    const heard = await others.others().catch(() => []);
    const now = heard.find((state) => state.id === id) ?? known;
    const counted = now.countedOrders?.find((each) => each.worker === worker && each.at === at && each.atMs === atMs);
    // An older relay doesn’t say which orders it obeyed.
    const isSo = isDrained(now, worker) === (act === 'drain') && now.atMs > known.atMs;
    const obeyed = now.countedOrders === undefined ? isSo : counted?.done === true;
    if (obeyed || counted !== undefined || waits >= mostWaits) return { relay: listedOther(now, ownState()), obeyed };
    await sleep(waitMs);
  }
}

function listedSelf(own: RelayState): Listed {
  return { ...own, self: true, silent: false, noOrders: null };
}

function listedOther(state: RelayState, own: RelayState): Listed {
  const nowMs = Date.now();
  return { ...state, self: false, silent: isSilent(state, nowMs), noOrders: whyNoOrders(state, own, nowMs) };
}

function isDrained({ draining, processes }: RelayState, worker: number | null): boolean {
  if (worker === null) return draining;
  return processes.some((process) => process.worker === worker && process.draining);
}

function wordsOf(context: AdminContext, reason: string): string {
  return `${context.get('caller').name}: ${reason}`;
}
