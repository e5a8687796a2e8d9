import type { RequestTrace } from './traced-request.ts';

/**
 * Traces on their way to the thread, as columns: objects with names would cost a request more to hand over than all else of it, and
 * so would a text for each of its words.
 */
export interface TraceBatch {
  readonly count: number;
  /** `numbersEach` of each trace. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Ids of all of them, one behind the other. */
  readonly ids: string;
  /** Words that stand in the columns by their place here. */
  readonly words: readonly string[];
}

/** Columns: times, sizes, the status; then words by their place, then how long the ids are. */
const column = {
  began: 0,
  gates: 1,
  policy: 2,
  limits: 3,
  recorded: 4,
  sent: 5,
  answered: 6,
  ended: 7,
  status: 8,
  requestBytes: 9,
  responseBytes: 10,
  method: 11,
  api: 12,
  decision: 13,
  refusedBy: 14,
  code: 15,
  outcome: 16,
  state: 17,
  parentLength: 18,
  requestLength: 19,
} as const;
const numbersEach = 20;
const traceLength = 32;
const spanLength = 16;

/** Gathers traces into a batch. */
export class TraceGatherer {
  readonly #size: number;
  #numbers: Float64Array<ArrayBuffer>;
  #ids: string[] = [];
  #words: string[] = [];
  readonly #places = new Map<string, number>();
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
    const parent = trace.parentId ?? '';
    numbers[at + column.began] = trace.beganMs;
    numbers[at + column.gates] = trace.gatesMs;
    numbers[at + column.policy] = trace.policyMs;
    numbers[at + column.limits] = trace.limitsMs;
    numbers[at + column.recorded] = trace.recordedMs;
    numbers[at + column.sent] = trace.sentMs;
    numbers[at + column.answered] = trace.answeredMs;
    numbers[at + column.ended] = trace.endedMs;
    numbers[at + column.status] = trace.status ?? Number.NaN;
    numbers[at + column.requestBytes] = trace.requestBytes;
    numbers[at + column.responseBytes] = trace.responseBytes;
    numbers[at + column.method] = this.#placeOf(trace.method);
    numbers[at + column.api] = this.#placeOf(trace.api);
    numbers[at + column.decision] = this.#placeOf(trace.decision ?? '');
    numbers[at + column.refusedBy] = this.#placeOf(trace.refusedBy ?? '');
    numbers[at + column.code] = this.#placeOf(trace.code ?? '');
    numbers[at + column.outcome] = this.#placeOf(trace.outcome);
    numbers[at + column.state] = this.#placeOf(trace.state);
    numbers[at + column.parentLength] = parent.length;
    numbers[at + column.requestLength] = trace.requestId.length;
    this.#ids.push(trace.traceId, trace.apiSpanId, parent, trace.requestId);
    this.#count += 1;
  }

  /** What has been gathered, to be handed over: its numbers belong to whoever gets them. */
  take(): TraceBatch {
    const batch = { count: this.#count, numbers: this.#numbers, ids: this.#ids.join(''), words: this.#words };
    this.#numbers = new Float64Array(this.#size * numbersEach);
    this.#ids = [];
    this.#words = [];
    this.#places.clear();
    this.#count = 0;
    return batch;
  }

  #placeOf(word: string): number {
    let place = this.#places.get(word);
    if (place === undefined) {
      this.#places.set(word, (place = this.#words.length));
      this.#words.push(word);
    }
    return place;
  }
}

/** The traces of a batch. */
export function tracesOfBatch({ count, numbers, ids, words }: TraceBatch): readonly RequestTrace[] {
  const traces: RequestTrace[] = [];
  let from = 0;
  const nextId = (length: number): string => ids.slice(from, (from += length));
  for (let at = 0; at < count * numbersEach; at += numbersEach) {
    const number = (of: number): number => numbers[at + of] ?? Number.NaN;
    const word = (of: number): string => words[number(of)] ?? '';
    const status = number(column.status);
    traces.push({
      traceId: nextId(traceLength),
      apiSpanId: nextId(spanLength),
      parentId: nextId(number(column.parentLength)) || null,
      requestId: nextId(number(column.requestLength)),
      state: word(column.state),
      method: word(column.method),
      api: word(column.api),
      decision: (word(column.decision) || null) as RequestTrace['decision'],
      refusedBy: word(column.refusedBy) || null,
      code: word(column.code) || null,
      outcome: word(column.outcome) as RequestTrace['outcome'],
      beganMs: number(column.began),
      gatesMs: number(column.gates),
      policyMs: number(column.policy),
      limitsMs: number(column.limits),
      recordedMs: number(column.recorded),
      sentMs: number(column.sent),
      answeredMs: number(column.answered),
      endedMs: number(column.ended),
      status: Number.isNaN(status) ? null : status,
      requestBytes: number(column.requestBytes),
      responseBytes: number(column.responseBytes),
    });
  }
  return traces;
}
