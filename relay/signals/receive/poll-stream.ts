import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from '../../../shared/backoff.ts';
import { AccessError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { recordRefusal } from '../../identity/authenticate-caller.ts';
import type { Receiver } from './receive-set.ts';
import { SetRefusal } from '../set-refusal.ts';
import type { SignalStore } from '../signal-store.ts';
import type { Transmitter } from './transmitter.ts';

export interface PollOptions {
  readonly transmitter: Transmitter;
  readonly receiver: Receiver;
  readonly store: () => SignalStore;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly now: () => number;
  /** Shortest wait between two polls, milliseconds. Default 1 s. */
  readonly restMs?: number;
}

const waits = { firstMs: 1000, longestMs: 300_000, jitter: 0.5 };
const maxEvents = 100;

/** What the transmitter is told with the next poll (RFC 8936 §2.2). */
interface Told {
  readonly acks: Set<string>;
  readonly errors: Map<string, { readonly err: string; readonly description: string }>;
}

/** What became of a token; who offers a refused one again hasn't said anything new. */
type Outcome = 'taken' | 'refused' | 'later';

/**
 * Fetches events as long as it isn’t closed (RFC 8936), each answer held back by the transmitter until there are some. What a
 * token tells of is in force and durable before it is acknowledged; what can’t be taken now comes again. Refusals are recorded.
 */
export function pollStream(options: PollOptions): { close(): Promise<void> } {
  const { transmitter, receiver, store, audit, log, now, restMs = 1000 } = options;
  const { config } = transmitter.settings;
  const { name, poll } = config;
  const closed = new AbortController();
  const told: Told = { acks: new Set(), errors: new Map() };
  let before: ReadonlyMap<string, Outcome> = new Map();
  let failures = 0;

  const rest = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: closed.signal, ref: false }).catch(() => undefined);
  };

  const take = async (jti: string, token: string, wasRefused: boolean): Promise<Outcome> => {
    try {
      await receiver.receive(token);
      told.acks.add(jti);
      return 'taken';
    } catch (error) {
      if (error instanceof SetRefusal) {
        log.warn({ transmitter: name, reason: error.message }, 'a provider’s event isn’t taken');
        if (!wasRefused && !(await isRecorded(token, error))) return 'later';
        told.errors.set(jti, { err: error.err, description: error.message });
        return 'refused';
      }
      if (!(error instanceof AccessError)) throw error;
      log.warn({ transmitter: name, err: error }, 'a provider’s event is taken later');
      return 'later';
    }
  };

  const isRecorded = async (token: string, { message }: SetRefusal): Promise<boolean> => {
    const refusal = new AccessError('token-rejected', `A token of ${name} isn’t taken: ${message}`);
    // It came from nobody's address: the relay has fetched it.
    const failure = await recordRefusal(audit, '', token, refusal, 'event');
    if (failure !== null) log.warn({ transmitter: name, err: failure }, 'a refusal can’t be recorded');
    return failure === null;
  };

  /** Whether the next events are to be asked for at once: something was taken that wasn’t taken just before. */
  const ask = async (url: string, isHeldBack: boolean): Promise<boolean> => {
    const [acks, errors] = [[...told.acks], [...told.errors]];
    const { status, body } = await transmitter.fetcher.requestJson(url, {
      json: {
        ack: acks,
        ...(errors.length === 0 ? {} : { setErrs: Object.fromEntries(errors) }),
        maxEvents,
        returnImmediately: !isHeldBack,
      },
      headers: poll?.bearer === undefined ? {} : { authorization: `Bearer ${poll.bearer}` },
    });
    if (status !== 200) throw new Error(`the transmitter answered with status ${status}`);
    for (const jti of acks) told.acks.delete(jti);
    for (const [jti] of errors) told.errors.delete(jti);
    const sets = setsIn(body);
    const outcomes = new Map<string, Outcome>();
    let isForward = false;
    for (const [jti, token] of sets) {
      const id = hash('sha256', JSON.stringify([jti, token]), 'base64url');
      const earlier = before.get(id);
      const outcome = await take(jti, token, earlier === 'refused');
      outcomes.set(id, outcome);
      if (outcome === 'taken' && earlier !== 'taken') isForward = true;
    }
    before = outcomes;
    return isForward;
  };

  const run = async (url: string): Promise<void> => {
    while (!closed.signal.aborted) {
      try {
        const isForward = await ask(url, told.acks.size + told.errors.size === 0);
        if (failures > 0) log.info({ transmitter: name }, 'events of a provider can be fetched again');
        failures = 0;
        await store().note(name, { type: 'answered' }, now());
        // What comes again and again, taken or not, must not be asked for without a rest.
        if (!isForward) await rest(restMs);
      } catch (error) {
        if (closed.signal.aborted) return;
        failures += 1;
        if (failures === 1) log.warn({ transmitter: name, err: error }, 'events of a provider can’t be fetched');
        const reason = error instanceof Error ? error.message : String(error);
        await Promise.resolve(store().note(name, { type: 'failed', reason }, now())).catch(() => undefined);
        await rest(backoffMs(failures - 1, waits));
      }
    }
  };
  const running = poll === undefined ? Promise.resolve() : run(poll.url);

  return {
    async close() {
      closed.abort();
      transmitter.fetcher.close();
      await running;
    },
  };
}

/** The tokens of an answer by their ids (RFC 8936 §2.3). @throws Error for what is none */
function setsIn(body: unknown): readonly (readonly [jti: string, token: string])[] {
  const sets =
    typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)['sets'] : undefined;
  if (typeof sets !== 'object' || sets === null || Array.isArray(sets))
    throw new Error('the transmitter didn’t answer with sets');
  return Object.entries(sets as Readonly<Record<string, unknown>>).map(([jti, token]) => [
    jti,
    typeof token === 'string' ? token : '',
  ]);
}
