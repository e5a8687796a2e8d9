import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AccessError } from '../../shared/errors.ts';
import { recordFirst } from '../audit/record-first.ts';
import { type RelayState, relayStateSchema } from '../vitals/relay-state.ts';
import type { AdminContext, AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers, reasonSchema } from './admin-route.ts';

export const listedSchema = z
  .object({
    ...relayStateSchema.shape,
    self: z.boolean().openapi({ description: 'Whether it is the one that answers.' }),
    silent: z.boolean().openapi({ description: 'Whether it has said nothing for a minute: it is down, or cut off.' }),
  })
  .openapi('RelayState');

/** Relays say how they are every 15 s. */
const silentMs = 60_000;

/** This relay and those that share its storage; this one is drained here. */
export function addRelaysRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, config, relay, others, ownState } = parts;
  const list = adminRoute(audit, 'listRelays', 'see-relay', '/admin/v1/relays', {
    method: 'get',
    summary: 'This relay and those that share its storage: version, load, last reload, processes.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z
        .object({
          relays: z.array(listedSchema),
          unreadable: z
            .string()
            .nullable()
            .openapi({ description: 'Why the others aren’t known; null when they are, or there is no storage.' }),
        })
        .openapi('Relays'),
      'This relay first, then the others of the last seven days as each said last.',
    ),
  });
  app.openapi(list, async (context) => {
    const nowMs = Date.now();
    let unreadable =
      others === null && config().shared_state.store === 'redis'
        ? 'Relays that share Redis alone don’t tell each other how they are. With a “storage” in the config they do.'
        : null;
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

  /** Durable before anything happens: what was done, by whom, why, and how the relay was before. */
  const record = async (context: AdminContext, event: 'draining' | 'undrained', reason: string): Promise<void> => {
    const { draining, tunnels } = ownState();
    const before = `${draining ? 'draining' : 'serving'}, ${tunnels} tunnels`;
    const detail = `asked for by ${context.get('caller').name}: ${reason} (before: ${before})`;
    await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event, detail });
  };
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
    await record(context, 'draining', context.req.valid('json').reason);
    relay.sendAway();
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
    await record(context, 'undrained', context.req.valid('json').reason);
    relay.takeBack();
    others?.say();
    return context.json({ relay: ownState() }, 200);
  });
}
