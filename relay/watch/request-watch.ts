import type { Decision } from '../policy/decision.ts';

/** What looks on at one request as it goes its way; each is called at most once, in about this order, and must not throw. */
export interface RequestWatch {
  /** What goes on to the API in the place of the caller’s trace context; undefined to leave that as it is. */
  readonly outgoing?: OutgoingContext;
  /** The gates let it pass (null), or this one refused it, with this problem code. */
  passedGates(refusedBy: string | null, code: string | null): void;
  /** Policy has decided. */
  decided(decision: Decision): void;
  /** It was counted against limits, and passes (null) or is refused with this problem code. */
  counted(code: string | null): void;
  /** The record of the decision is durable, or can’t be written. */
  recorded(error: Error | null): void;
  /** It is on its way to the API. */
  sent(): void;
  /** The head of the API’s answer has come. */
  answered(status: number): void;
  /** Its outcome is known. */
  ended(end: RequestEnd): void;
}

/** Trace context for the API (W3C Trace Context). */
export interface OutgoingContext {
  readonly traceparent: string;
  /** The caller’s `tracestate` belongs to it. */
  readonly keepsState: boolean;
}

/** How a request ended, as the audit says it. */
export interface RequestEnd {
  readonly outcome: 'completed' | 'aborted' | 'unknown';
  readonly status: number | null;
  /** Of the problem that the relay answered with, instead of the API. */
  readonly code: string | undefined;
  readonly detail: string | null;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** A request as those who look on see it; what isn’t found yet is empty. */
export interface WatchedRequest {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly request: { readonly rawHeaders: readonly string[] };
  readonly caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly username: string;
    readonly sessionId: string;
    readonly remoteAddress: string;
  };
  readonly api: string;
  readonly method: string;
  readonly path: string;
}

/** Decides at a request’s head whether to look on; null costs nothing more. */
export type RequestWatcher = (request: WatchedRequest) => RequestWatch | null;

/** All of them as one. */
export function watchedByAll(watchers: readonly RequestWatcher[]): RequestWatcher {
  return (request) => {
    let only: RequestWatch | null = null;
    let several: RequestWatch[] | null = null;
    for (const watcher of watchers) {
      const watch = watcher(request);
      if (watch === null) continue;
      if (only === null) only = watch;
      else (several ??= [only]).push(watch);
    }
    return several === null ? only : new Several(several);
  };
}

class Several implements RequestWatch {
  readonly outgoing?: OutgoingContext;
  readonly #all: readonly RequestWatch[];

  constructor(all: readonly RequestWatch[]) {
    this.#all = all;
    const outgoing = all.find((one) => one.outgoing !== undefined)?.outgoing;
    if (outgoing !== undefined) this.outgoing = outgoing;
  }

  passedGates(refusedBy: string | null, code: string | null): void {
    for (const one of this.#all) one.passedGates(refusedBy, code);
  }

  decided(decision: Decision): void {
    for (const one of this.#all) one.decided(decision);
  }

  counted(code: string | null): void {
    for (const one of this.#all) one.counted(code);
  }

  recorded(error: Error | null): void {
    for (const one of this.#all) one.recorded(error);
  }

  sent(): void {
    for (const one of this.#all) one.sent();
  }

  answered(status: number): void {
    for (const one of this.#all) one.answered(status);
  }

  ended(end: RequestEnd): void {
    for (const one of this.#all) one.ended(end);
  }
}
