import { setTimeout as delay } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import type { AdminCaller } from './admin-env.ts';
import { mayDo, type Right } from './operator-roles.ts';
import type { News } from './news/news.ts';
import type { Topic } from './news/topics.ts';

/** How often it is looked at whether the operator still may, and how the relay is. */
const lookEveryMs = 1000;
const heartbeatMs = 15_000;
/** What a reader that is slow still gets; of more only the number. */
const maxWaitingRecords = 200;
/** After so long the reader comes back by itself. */
const longestMs = 3_600_000;

/** Who is told of what. */
const rightOfTopic: Readonly<Record<Topic, Right>> = {
  relay: 'see-relay',
  decision: 'read-usage',
  'authentication-refused': 'read-usage',
  anomaly: 'read-usage',
  session: 'read-people',
  administrator: 'read-people',
  lock: 'read-people',
  access: 'read-people',
};

/** One event, as `text/event-stream` has it (WHATWG HTML §9.2). */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

export interface EventStreamOptions {
  readonly news: News;
  readonly caller: AdminCaller;
  /** `Last-Event-ID` of a reader that comes back. */
  readonly lastEventId: string | undefined;
  readonly relayState: () => object;
  /** Whether what happens at relays that share something with this one is told, too. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  /** Resolves when the reader has taken it. */
  readonly write: (event: ServerEvent) => Promise<unknown>;
}

/**
 * Tells one operator what changes, by their rights, until their standing ends, the reader goes or an hour is over. A
 * reader that is slow gets less in one go, never more.
 */
export async function streamEvents(options: EventStreamOptions): Promise<void> {
  const { news, lastEventId, relayState, isWhole, signal, write } = options;
  let { caller } = options;
  let topics = new Set<Topic>();
  let records: AuditRecord[] = [];
  let skipped = 0;
  let id = news.lastId;
  let wake = Promise.withResolvers<void>();
  const may = (topic: Topic): boolean => mayDo(caller.roles, rightOfTopic[topic]);
  const stopListening = news.listen((batch) => {
    ({ id } = batch);
    for (const topic of batch.topics) topics.add(topic);
    records.push(...batch.records);
    skipped += batch.skipped + Math.max(0, records.length - maxWaitingRecords);
    records = records.slice(-maxWaitingRecords);
    wake.resolve();
  });
  const tell = (event: string, data: object): Promise<unknown> => write({ event, data: JSON.stringify(data), id });

  const tellNews = async (): Promise<void> => {
    const [told, toldRecords, toldSkipped] = [topics, records, skipped];
    topics = new Set();
    records = [];
    skipped = 0;
    for (const topic of told) if (may(topic)) await tell(topic, topic === 'relay' ? relayState() : {});
    if (toldRecords.length > 0 && mayDo(caller.roles, 'read-audit'))
      await tell('audit', { records: toldRecords, skipped: toldSkipped });
  };

  try {
    const beganAtMs = performance.now();
    await tell('hello', { heartbeatMs, isWhole });
    if (lastEventId !== undefined && lastEventId !== news.lastId) await tell('resync', {});
    let shown = '';
    let spokenAtMs = beganAtMs;
    while (!signal.aborted && performance.now() < beganAtMs + longestMs) {
      caller = await caller.again();
      const state = JSON.stringify(relayState());
      if (state !== shown) topics.add('relay');
      shown = state;
      const isNew = topics.size > 0;
      await tellNews();
      if (isNew) spokenAtMs = performance.now();
      else if (performance.now() >= spokenAtMs + heartbeatMs) {
        await tell('heartbeat', {});
        spokenAtMs = performance.now();
      }
      const pause = new AbortController();
      await Promise.race([
        wake.promise,
        delay(lookEveryMs, undefined, { signal: AbortSignal.any([signal, pause.signal]) }).catch(() => undefined),
      ]);
      pause.abort();
      wake = Promise.withResolvers();
    }
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    await tell('ended', { code: error.code, detail: error.message });
  } finally {
    stopListening();
  }
}
