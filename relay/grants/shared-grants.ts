import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisClientType } from 'redis';
import { isSameAct } from '../acts/outbox.ts';
import { findRecord } from '../audit/find-record.ts';
import { followStream } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import { type AccessEvent, auditedEvent, isOpen } from './grant.ts';
import type { Grants, GrantsOptions } from './grants.ts';
import { grantsInForce } from './grants-in-force.ts';
import { openRedisGrantStore } from './redis-grant-store.ts';
import { repeatedWork } from '../storage/repeated-work.ts';

const group = 'audit';
/** What a relay took and didn't write within this time, another one writes. */
const takeOverAfterMs = 60_000;
const lookEveryMs = 10_000;
const eventsAtOnce = 100;

/**
 * Grants that all relays share: each change reaches every relay as it is made, and each is put into the audit of one of
 * them, at least once. While Redis is away the grants known so far count until they end.
 */
export function startSharedGrants(
  options: GrantsOptions & { readonly redis: RedisConnection; readonly dataDir: string },
): Grants {
  const { audit, log, config, onChange, onRequests, redis, now = Date.now, pollMs = 250 } = options;
  const store = openRedisGrantStore(redis);
  const inForce = grantsInForce({ config, onChange, onRequests, now });
  // The same after a restart, so that names don't pile up.
  const consumer = hash('sha256', `${hostname()} ${options.dataDir}`, 'base64url');
  const loading = repeatedWork(async () => inForce.put((await store.list()).filter(isOpen)));
  const writing = repeatedWork(() => writeEvents());

  const write = async (
    entry: { readonly id: string; readonly message: Record<string, string> },
    isTakenOver: boolean,
  ): Promise<void> => {
    const event = JSON.parse(entry.message['event'] ?? '') as AccessEvent;
    const record = auditedEvent(event);
    const isThere = isTakenOver && findRecord(options.dataDir, record, (found) => isSameAct(found, record));
    const failure = isThere ? null : await new Promise<Error | null>((resolve) => audit.append(record, resolve));
    if (failure === null) await redis.run((client) => client.xAck(store.events, group, entry.id));
    else log.error({ err: failure, grant: event.request.id }, 'an access event waits for the audit');
  };

  const writeEvents = async (): Promise<void> => {
    const left = await redis.run((client) =>
      client.xAutoClaim(store.events, group, consumer, takeOverAfterMs, '0-0', { COUNT: eventsAtOnce }),
    );
    // This relay itself may have written it and been killed before it could say so.
    for (const entry of left.messages) if (entry !== null) await write(entry, true);
    for (;;) {
      const answer = (await redis.run((client) =>
        client.xReadGroup(group, consumer, { key: store.events, id: '>' }, { COUNT: eventsAtOnce }),
      )) as readonly { readonly messages: readonly Parameters<typeof write>[0][] }[] | null;
      const entries = answer?.[0]?.messages ?? [];
      for (const entry of entries) await write(entry, false);
      if (entries.length < eventsAtOnce) return;
    }
  };

  const inBackground = (work: () => Promise<unknown>): void => {
    work().catch((error: unknown) => log.warn({ err: error }, 'access requests can’t be read now'));
  };

  const following = followStream({
    settings: redis.settings,
    key: store.events,
    log,
    async onConnected(client: RedisClientType) {
      try {
        await client.xGroupCreate(store.events, group, '0', { MKSTREAM: true });
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
      }
      const newest = await client.xRevRange(store.events, '+', '-', { COUNT: 1 });
      await loading.request();
      inBackground(writing.request);
      return newest?.[0]?.id ?? '0-0';
    },
    onEntries() {
      inBackground(loading.request);
      inBackground(writing.request);
    },
  });

  let lookedAtMs = now();
  const poll = setInterval(() => {
    const nowMs = now();
    if (loading.isDue && following.behindMs() < lookEveryMs) inBackground(loading.request);
    if (nowMs >= inForce.nextEndMs()) {
      inForce.review();
      inBackground(async () => store.expire(nowMs));
    }
    if (nowMs - lookedAtMs < lookEveryMs) return;
    lookedAtMs = nowMs;
    inBackground(async () => store.expire(nowMs));
    inBackground(writing.request);
  }, pollMs).unref();

  return {
    store,
    of: (identity) => inForce.of(identity),
    refresh: loading.request,
    configChanged: () => inForce.review(),
    close() {
      clearInterval(poll);
      following.close();
    },
  };
}
