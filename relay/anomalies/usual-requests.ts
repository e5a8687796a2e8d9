const start = '{"type":"decision","requestId":"';
/** What was seen so lately is known to all rules: they keep times to the hour, or by days. */
const knownForMs = 60_000;
const maxCallers = 20_000;

/** An allowed request as its line has it, without being parsed. */
export interface RequestLine {
  readonly requestId: string;
  readonly timeMs: number;
  /** JSON of the caller, and of all that the rules ask of an allowed request besides. */
  readonly caller: string;
  readonly what: string;
}

interface Caller {
  readonly text: string;
  readonly session: { last: string };
  /** When it was last looked at what the caller was allowed. */
  readonly seenMs: Map<string, number>;
}

/**
 * Reads the line of an allowed request; null for all others. No text within a string of JSON is taken for a field: quotes
 * are escaped there. Pure.
 */
export function allowedRequest(line: string): RequestLine | null {
  if (!line.startsWith(start)) return null;
  const idEnd = line.indexOf('","timeMs":', start.length);
  const callerAt = line.indexOf(',"caller":', idEnd);
  const apiAt = line.indexOf('},"api":"', callerAt) + 1;
  const methodAt = line.indexOf('","method":"', apiAt);
  const effectAt = line.indexOf('","effect":"allow","rule":', methodAt);
  const reasonAt = line.indexOf(',"reason":"', effectAt);
  if (idEnd < 0 || callerAt < 0 || apiAt === 0 || methodAt < 0 || effectAt < 0 || reasonAt < 0) return null;
  return {
    requestId: line.slice(start.length, idEnd),
    timeMs: Number(line.slice(idEnd + 11, callerAt)),
    caller: line.slice(callerAt + 10, apiAt),
    what: line.slice(apiAt, methodAt) + line.slice(effectAt, reasonAt),
  };
}

/**
 * Allowed requests that are like one of a minute ago: the same caller, whose session has been nowhere else meanwhile, the same
 * API and rule. They are nearly all of a day's requests, and tell no rule anything.
 */
export class UsualRequests {
  readonly #callers = new Map<string, Caller>();
  readonly #sessions = new Map<string, { last: string }>();

  isUsual({ caller, timeMs, what }: RequestLine): boolean {
    const known = this.#callers.get(caller);
    if (known === undefined || known.session.last !== known.text) return false;
    const sinceMs = timeMs - (known.seenMs.get(what) ?? Number.NEGATIVE_INFINITY);
    return sinceMs >= 0 && sinceMs < knownForMs;
  }

  /** Notes that the rules have looked at such a request of a session; `isQuiet` when none of them found anything. */
  didObserve({ caller: text, timeMs, what }: RequestLine, sessionId: string, isQuiet: boolean): void {
    if (this.#callers.size >= maxCallers) {
      this.#callers.clear();
      this.#sessions.clear();
    }
    let session = this.#sessions.get(sessionId);
    if (session === undefined) this.#sessions.set(sessionId, (session = { last: text }));
    session.last = text;
    let caller = this.#callers.get(text);
    if (caller === undefined) this.#callers.set(text, (caller = { text, session, seenMs: new Map() }));
    if (isQuiet) caller.seenMs.set(what, timeMs);
    else caller.seenMs.delete(what);
  }

  /** Notes that a session has sent something else. */
  didObserveOther(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) session.last = '';
  }
}
