import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { AuditLog, AuditRecord } from '../audit/audit-record.ts';
import { recordFirst } from '../audit/record-first.ts';
import type { Config } from '../config/config-schema.ts';
import type { DebugTarget } from '../debugging/debug-target.ts';

/** Somebody’s wish to see the requests of a person or an API in the log. */
export interface Debugging extends DebugTarget {
  readonly author: string;
  readonly reason: string;
  readonly createdAtMs: number;
}

/** What is asked for. */
export interface DebugWish {
  readonly person?: string | undefined;
  readonly api?: string | undefined;
  readonly minutes: number;
  readonly author: string;
  readonly reason: string;
}

/** What is logged for a limited time; kept in memory, so that it ends with the relay at the latest. */
export interface DebugSwitch {
  list(): readonly Debugging[];
  /**
   * Begins once it is recorded.
   * @throws AccessError `bad-input` for nobody and nothing, an API that there isn’t, or too many at once; `audit-unavailable`
   */
  start(wish: DebugWish): Promise<Debugging>;
  /** @throws AccessError `bad-input` when there is none of this id */
  end(id: string, by: string, reason: string): Debugging;
  close(): void;
}

export interface DebugSwitchOptions {
  readonly config: () => Config;
  /** Tells all processes of the relay what counts now. */
  readonly tell: (targets: readonly DebugTarget[]) => void;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly now?: () => number;
}

/** Longest time that requests are debugged for, minutes. */
export const maxDebugMinutes = 60;
const mostAtOnce = 10;

export function openDebugSwitch({ config, tell, audit, log, now = Date.now }: DebugSwitchOptions): DebugSwitch {
  const all = new Map<string, { readonly debugging: Debugging; readonly timer: NodeJS.Timeout }>();
  const list = (): readonly Debugging[] => [...all.values()].map(({ debugging }) => debugging);

  let beginning = 0;
  let isClosed = false;

  const recordOf = (
    event: 'debug-started' | 'debug-ended',
    { id, untilMs, ...target }: Debugging,
    operator: string,
    reason: string,
  ): AuditRecord => {
    const words = targetWords(target);
    return { type: 'lock', timeMs: now(), event, operator, reason, target: words, lock: id, untilMs };
  };

  const finish = (id: string, by: string, reason: string): Debugging => {
    const found = all.get(id);
    if (found === undefined) throw new AccessError('bad-input', `No requests are debugged under the id “${id}”.`);
    clearTimeout(found.timer);
    all.delete(id);
    tell(list());
    audit.append(recordOf('debug-ended', found.debugging, by, reason), (error) => {
      if (error !== null) log.error({ err: error, debug: id }, 'the end of debugging could not be recorded');
    });
    return found.debugging;
  };

  return {
    list,
    async start({ person, api, minutes, author, reason }) {
      if (person === undefined && api === undefined)
        throw new AccessError('bad-input', 'Name a person, an API, or both.');
      if (api !== undefined && !config().apis.some(({ id }) => id === api))
        throw new AccessError('bad-input', `There is no API “${api}” in the configuration.`);
      if (all.size + beginning >= mostAtOnce)
        throw new AccessError(
          'bad-input',
          `At most ${mostAtOnce} people and APIs are debugged at once. End one first.`,
        );
      const createdAtMs = now();
      const debugging: Debugging = {
        id: randomUUID(),
        person: person ?? null,
        api: api ?? null,
        untilMs: createdAtMs + minutes * 60_000,
        author,
        reason,
        createdAtMs,
      };
      beginning += 1;
      try {
        await recordFirst(audit, recordOf('debug-started', debugging, author, reason));
      } finally {
        beginning -= 1;
      }
      if (isClosed) return debugging;
      const timer = setTimeout(() => finish(debugging.id, 'the relay', 'Its time is over.'), minutes * 60_000).unref();
      all.set(debugging.id, { debugging, timer });
      tell(list());
      return debugging;
    },
    end: finish,
    close() {
      isClosed = true;
      for (const { timer } of all.values()) clearTimeout(timer);
    },
  };
}

function targetWords({ person, api }: Pick<DebugTarget, 'person' | 'api'>): string {
  if (person === null) return `the API ${api}`;
  return api === null ? `the person ${person}` : `the person ${person} at ${api}`;
}
