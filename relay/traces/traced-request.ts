import type { Decision } from '../policy/decision.ts';
import type { OutgoingContext, RequestEnd, RequestWatch, WatchedRequest } from '../watch/request-watch.ts';
import { formatTraceparent, randomId, type TraceContext } from './trace-context.ts';

/** One request with its times, milliseconds since the epoch; NaN for what didn’t come. The thread makes its spans. */
export interface RequestTrace {
  readonly traceId: string;
  /** The caller’s span; null where the trace begins here. */
  readonly parentId: string | null;
  readonly state: string;
  /** Of the span that waits for the API, as the API knows it. */
  readonly apiSpanId: string;
  readonly method: string;
  readonly api: string;
  readonly requestId: string;
  beganMs: number;
  gatesMs: number;
  policyMs: number;
  limitsMs: number;
  recordedMs: number;
  sentMs: number;
  answeredMs: number;
  endedMs: number;
  decision: 'allow' | 'deny' | null;
  refusedBy: string | null;
  code: string | null;
  status: number | null;
  outcome: RequestEnd['outcome'];
  requestBytes: number;
  responseBytes: number;
}

type Written = { -readonly [Key in keyof RequestTrace]: RequestTrace[Key] };

const { timeOrigin } = performance;
const nowMs = (): number => timeOrigin + performance.now();

/** Takes down the times of one request that is traced. */
export class TracedRequest implements RequestWatch {
  readonly outgoing: OutgoingContext;
  readonly #trace: Written;
  readonly #request: WatchedRequest;
  readonly #labels: TraceLabels;
  readonly #done: (trace: RequestTrace) => void;

  constructor(
    request: WatchedRequest,
    parent: TraceContext | null,
    traceId: string,
    labels: TraceLabels,
    done: (trace: RequestTrace) => void,
  ) {
    const apiSpanId = randomId(8);
    this.outgoing = { traceparent: formatTraceparent(traceId, apiSpanId, true), keepsState: parent !== null };
    this.#request = request;
    this.#labels = labels;
    this.#done = done;
    const none = Number.NaN;
    this.#trace = {
      traceId,
      parentId: parent?.spanId ?? null,
      state: parent?.state ?? '',
      apiSpanId,
      method: '',
      api: '',
      requestId: request.requestId,
      beganMs: nowMs(),
      gatesMs: none,
      policyMs: none,
      limitsMs: none,
      recordedMs: none,
      sentMs: none,
      answeredMs: none,
      endedMs: none,
      decision: null,
      refusedBy: null,
      code: null,
      status: null,
      outcome: 'unknown',
      requestBytes: 0,
      responseBytes: 0,
    };
  }

  passedGates(refusedBy: string | null, code: string | null): void {
    this.#trace.gatesMs = nowMs();
    this.#trace.refusedBy = refusedBy;
    this.#trace.code = code;
    if (refusedBy !== null) this.#trace.decision = 'deny';
  }

  decided({ effect }: Decision): void {
    this.#trace.policyMs = nowMs();
    this.#trace.decision = effect;
    if (effect === 'deny') this.#trace.code = 'policy-denied';
  }

  counted(code: string | null): void {
    this.#trace.limitsMs = nowMs();
    if (code === null) return;
    this.#trace.decision = 'deny';
    this.#trace.code = code;
  }

  recorded(): void {
    this.#trace.recordedMs = nowMs();
  }

  sent(): void {
    this.#trace.sentMs = nowMs();
  }

  answered(): void {
    this.#trace.answeredMs = nowMs();
  }

  ended({ outcome, status, code, requestBytes, responseBytes }: RequestEnd): void {
    const trace = this.#trace;
    trace.endedMs = nowMs();
    trace.outcome = outcome;
    trace.status = status;
    trace.code = code ?? trace.code;
    trace.requestBytes = requestBytes;
    trace.responseBytes = responseBytes;
    trace.method = this.#labels.methodOf(this.#request.method);
    trace.api = this.#labels.apiOf(this.#request.api);
    this.#done(trace);
  }
}

/** Words that no caller chooses. */
export interface TraceLabels {
  readonly apiOf: (api: string) => string;
  readonly methodOf: (method: string) => string;
}

/** A request that isn’t traced here, and tells the API so. */
export class UntracedRequest implements RequestWatch {
  readonly outgoing: OutgoingContext;

  constructor() {
    this.outgoing = { traceparent: formatTraceparent(randomId(16), randomId(8), false), keepsState: false };
  }

  passedGates(): void {}
  decided(): void {}
  counted(): void {}
  recorded(): void {}
  sent(): void {}
  answered(): void {}
  ended(): void {}
}
