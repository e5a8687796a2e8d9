import type { Registry } from 'prom-client';
import { GatheredHistogram, type Timer } from './gathered-histogram.ts';
import type { RequestWatch, RequestWatcher } from '../watch/request-watch.ts';

const buckets = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Every so many requests the stages of one are timed: all of them would cost more than what they say is worth. */
const timedEvery = 16;
/**
 * What a request’s time goes to: gates; `policy`, the decision; `limits`, being counted; `record`, until the decision is durable;
 * `api`, from sending until the head of the answer; `body`, from there to its end; `whole`, all of it.
 */
export const stages = ['gates', 'policy', 'limits', 'record', 'api', 'body', 'whole'] as const;
type Stage = (typeof stages)[number];

/** Times the stages of one request in 16. */
export function timedStages(registry: Registry): RequestWatcher {
  const times = new GatheredHistogram({
    name: 'causeway_stage_duration_seconds',
    help: `Time that the stages of a request take, of one request in ${timedEvery}; record and api overlap.`,
    labelNames: ['stage'],
    buckets,
    registry,
  });
  const byStage = Object.fromEntries(stages.map((stage) => [stage, times.timer(stage)])) as Record<Stage, Timer>;
  const took: Took = (stage, fromMs, toMs) => byStage[stage].observe((toMs - fromMs) / 1000);
  let seen = 0;
  return () => {
    seen += 1;
    return seen % timedEvery === 0 ? new StageTimes(took) : null;
  };
}

type Took = (stage: Stage, fromMs: number, toMs: number) => void;

class StageTimes implements RequestWatch {
  readonly #took: Took;
  readonly #beganAtMs = performance.now();
  /** When the last stage before the record ended. */
  #lastMs = this.#beganAtMs;
  #sentMs = Number.NaN;
  #answeredMs = Number.NaN;

  constructor(took: Took) {
    this.#took = took;
  }

  passedGates(): void {
    this.#next('gates');
  }

  decided(): void {
    this.#next('policy');
  }

  counted(): void {
    this.#next('limits');
  }

  recorded(): void {
    this.#took('record', this.#lastMs, performance.now());
  }

  sent(): void {
    this.#sentMs = performance.now();
  }

  answered(): void {
    this.#answeredMs = performance.now();
    if (!Number.isNaN(this.#sentMs)) this.#took('api', this.#sentMs, this.#answeredMs);
  }

  ended(): void {
    const nowMs = performance.now();
    if (!Number.isNaN(this.#answeredMs)) this.#took('body', this.#answeredMs, nowMs);
    this.#took('whole', this.#beganAtMs, nowMs);
  }

  #next(stage: Stage): void {
    const nowMs = performance.now();
    this.#took(stage, this.#lastMs, nowMs);
    this.#lastMs = nowMs;
  }
}
