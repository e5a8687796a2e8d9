import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { StatePlace } from '../administration/state-place.ts';
import { AccessError } from '../../shared/errors.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute } from './admin-route.ts';
import { streamEvents } from './event-stream.ts';
import type { News } from './news/news.ts';

/** Each holds a connection, of which the port has 200. */
const maxStreams = 100;
const maxStreamsPerPerson = 8;
const retryMs = 3000;

/** What changes at the relay, as it changes. */
export function addEventRoutes(app: OpenAPIHono<AdminEnv>, { audit, relay, log, state }: AdminParts, news: News): void {
  const open = new Map<string, number>();
  const route = adminRoute(audit, 'events', 'see-relay', '/admin/v1/events', {
    method: 'get',
    summary: 'What changes, as server-sent events, by the rights of the caller; ends when the caller’s standing does.',
    responses: {
      200: {
        description:
          'Events: hello, and whether those of other relays come, too; resync, to look at everything anew; relay with its state; session, lock, access, administrator, anomaly, decision and authentication-refused, when something of the kind was recorded; audit with the records themselves; heartbeat; ended with the reason.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
    },
  });
  app.openapi(route, (context) => {
    const caller = context.get('caller');
    const key = caller.person === null ? caller.name : `${caller.person.issuer} ${caller.person.subject}`;
    const own = open.get(key) ?? 0;
    const all = [...open.values()].reduce((sum, count) => sum + count, 0);
    if (own >= maxStreamsPerPerson || all >= maxStreams)
      throw new AccessError(
        'overloaded',
        `At most ${maxStreamsPerPerson} streams of events are open for one person, and ${maxStreams} in all.`,
      );
    open.set(key, own + 1);
    context.header('X-Accel-Buffering', 'no');
    const gone = new AbortController();
    return streamSSE(
      context,
      async (stream) => {
        stream.onAbort(() => gone.abort());
        try {
          await stream.write(`retry: ${retryMs}\n\n`);
          await streamEvents({
            news,
            caller,
            lastEventId: context.req.header('last-event-id'),
            relayState: () => ({ ready: relay.ready(), problems: relay.problems(), auditHealthy: audit.healthy }),
            isWhole: isWhole(state()),
            signal: gone.signal,
            write: (event) => stream.writeSSE(event),
          });
        } finally {
          const left = (open.get(key) ?? 1) - 1;
          if (left > 0) open.set(key, left);
          else open.delete(key);
        }
      },
      (error) => {
        log.error({ err: error }, 'a stream of events has failed');
        return Promise.resolve();
      },
    ) as never;
  });
}

/** News of other relays come by a storage, where their audits are; of those that share a Redis alone each tells its own. */
function isWhole({ storage, redis }: StatePlace): boolean {
  return storage !== undefined || redis === undefined;
}
