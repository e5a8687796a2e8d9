import type { RequestTrace } from './traced-request.ts';

/** Traces on their way to the thread, as columns: objects with names would cost a request more to hand over than all else of it. */
export interface TraceBatch {
  readonly count: number;
  /** `numbersEach` of each trace. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** `textsEach` of each trace; empty for what isn’t there. */
  readonly texts: readonly string[];
}

const numbersEach = 11;
const textsEach = 11;

/** Gathers traces into a batch. */
export class TraceGatherer {
  readonly #size: number;
  #numbers: Float64Array<ArrayBuffer>;
  #texts: string[] = [];
  #count = 0;

  /** @param size most traces of a batch */
  constructor(size: number) {
    this.#size = size;
    this.#numbers = new Float64Array(size * numbersEach);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#size;
  }

  add(trace: RequestTrace): void {
    const numbers = this.#numbers;
    const at = this.#count * numbersEach;
    numbers[at] = trace.beganMs;
    numbers[at + 1] = trace.gatesMs;
    numbers[at + 2] = trace.policyMs;
    numbers[at + 3] = trace.limitsMs;
    numbers[at + 4] = trace.recordedMs;
    numbers[at + 5] = trace.sentMs;
    numbers[at + 6] = trace.answeredMs;
    numbers[at + 7] = trace.endedMs;
    numbers[at + 8] = trace.status ?? Number.NaN;
    numbers[at + 9] = trace.requestBytes;
    numbers[at + 10] = trace.responseBytes;
    this.#texts.push(
      trace.traceId,
      trace.parentId ?? '',
      trace.state,
      trace.apiSpanId,
      trace.method,
      trace.api,
      trace.requestId,
      trace.decision ?? '',
      trace.refusedBy ?? '',
      trace.code ?? '',
      trace.outcome,
    );
    this.#count += 1;
  }

  /** What has been gathered, to be handed over: its numbers belong to whoever gets them. */
  take(): TraceBatch {
    const batch = { count: this.#count, numbers: this.#numbers, texts: this.#texts };
    this.#numbers = new Float64Array(this.#size * numbersEach);
    this.#texts = [];
    this.#count = 0;
    return batch;
  }
}

/** The traces of a batch. */
export function tracesOfBatch({ count, numbers, texts }: TraceBatch): readonly RequestTrace[] {
  return Array.from({ length: count }, (_, index) => {
    const number = (column: number): number => numbers[index * numbersEach + column] ?? Number.NaN;
    const text = (column: number): string => texts[index * textsEach + column] ?? '';
    const status = number(8);
    return {
      traceId: text(0),
      parentId: text(1) || null,
      state: text(2),
      apiSpanId: text(3),
      method: text(4),
      api: text(5),
      requestId: text(6),
      decision: (text(7) || null) as RequestTrace['decision'],
      refusedBy: text(8) || null,
      code: text(9) || null,
      outcome: text(10) as RequestTrace['outcome'],
      beganMs: number(0),
      gatesMs: number(1),
      policyMs: number(2),
      limitsMs: number(3),
      recordedMs: number(4),
      sentMs: number(5),
      answeredMs: number(6),
      endedMs: number(7),
      status: Number.isNaN(status) ? null : status,
      requestBytes: number(9),
      responseBytes: number(10),
    };
  });
}
