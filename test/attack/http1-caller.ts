import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Evidence, SeenAnswer } from './evidence.ts';
import { type Http1Message, Http1Reader, valuesOf } from './http1-reader.ts';

/** One step of what a caller does with its connection. */
export type Step =
  | { readonly type: 'write'; readonly bytes: Buffer }
  | { readonly type: 'wait'; readonly ms: number }
  /** Waits for 100 (Continue), or so long. */
  | { readonly type: 'continue'; readonly ms: number }
  | { readonly type: 'half-close' }
  | { readonly type: 'reset' }
  | { readonly type: 'stop-reading' }
  | { readonly type: 'read-on' };

export interface CallerPlan {
  readonly steps: readonly Step[];
  /** Methods of the requests, in order, as far as they are requests. */
  readonly methods: readonly string[];
  /** Leaves after so many answers. */
  readonly answers: number;
  /** Leaves when nothing has come for so long after the last step. */
  readonly patienceMs: number;
  /** What has neither answered nor ended by then hangs. */
  readonly boundMs: number;
}

const maxKeptBytes = 16_384;
const firstAnswerMs = 4000;

/** Keeps what was sent as far as a report needs it. */
export function keep(parts: Buffer[], bytes: Buffer): void {
  const kept = parts.reduce((sum, part) => sum + part.length, 0);
  if (kept < maxKeptBytes) parts.push(bytes.subarray(0, maxKeptBytes - kept));
}

/** What the caller takes an answer for. */
export function seenAnswer(message: Http1Message): SeenAnswer {
  const { headers, trailers, bytes, sha256, whole, beginning } = message;
  const own = valuesOf(headers, 'x-causeway-request-id')[0];
  const problem = (valuesOf(headers, 'content-type')[0] ?? '').startsWith('application/problem+json');
  const status = Number(message.startLine.slice(9, 12));
  return {
    status,
    headers,
    trailers,
    bytes,
    sha256,
    whole,
    requestId: own ?? valuesOf(headers, 'x-seen-id')[0] ?? '',
    problem,
    beginning,
  };
}

/** Speaks HTTP/1.1, or what is meant to look like it, on a connection of its own, and notes what comes back. */
export async function callOverHttp1(port: number, plan: CallerPlan, evidence: Evidence): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  let over = false;
  let lastMs = performance.now();
  let wake = (): void => undefined;
  let continued = false;
  let heard = false;
  const startMs = lastMs;
  const reader = new Http1Reader('answers', {
    head: ({ startLine }) => {
      if (startLine.startsWith('HTTP/1.1 100')) continued = true;
    },
    end: (message) => {
      const status = Number(message.startLine.slice(9, 12));
      if (status >= 200 || status === 101) evidence.answers.push(seenAnswer(message));
    },
    broken: (why) => evidence.complaints.push(`the caller got ${why}`),
  });
  reader.methods.push(...plan.methods);
  const end = (how: 'end' | 'reset'): void => {
    if (!over) reader.finish(how);
    over = true;
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    lastMs = performance.now();
    heard = true;
    reader.push(chunk);
    wake();
  });
  socket.on('end', () => end('end'));
  socket.on('error', () => end('reset'));
  socket.on('close', () => end('reset'));
  /** Until it holds or the time is over; whether it holds. */
  const until = async (holds: () => boolean, ms: number): Promise<boolean> => {
    const endMs = performance.now() + ms;
    while (!over && !holds()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return false;
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const timer = new AbortController();
      await Promise.race([woken, wait(leftMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
    }
    return true;
  };
  for (const step of plan.steps) {
    if (over || socket.destroyed) break;
    // What was on its way to it is then cut by nobody else.
    if (step.type === 'reset') evidence.left = true;
    await take(socket, step, evidence, (ms) => until(() => continued || evidence.answers.length > 0, ms));
  }
  lastMs = performance.now();
  while (!over && evidence.answers.length < plan.answers) {
    const nowMs = performance.now();
    if (nowMs - startMs > plan.boundMs) {
      evidence.complaints.push(`neither answer nor end within ${plan.boundMs} ms`);
      break;
    }
    // A busy machine is late with the first answer; what follows it comes soon.
    const impatientMs = lastMs + (heard ? plan.patienceMs : Math.max(plan.patienceMs, firstAnswerMs));
    if (nowMs >= impatientMs) break;
    const answered = evidence.answers.length;
    const heardMs = lastMs;
    await until(
      () => evidence.answers.length > answered || lastMs > heardMs,
      Math.min(impatientMs, startMs + plan.boundMs) - nowMs,
    );
  }
  if (!over) {
    evidence.left ||= evidence.answers.length < plan.answers;
    over = true;
    reader.finish('reset');
  }
  socket.destroy();
}

async function take(
  socket: Socket,
  step: Step,
  { fromCaller }: Evidence,
  untilContinued: (ms: number) => Promise<unknown>,
): Promise<void> {
  switch (step.type) {
    case 'write':
      keep(fromCaller, step.bytes);
      if (socket.writable) socket.write(step.bytes);
      return;
    case 'wait':
      await wait(step.ms);
      return;
    case 'continue':
      await untilContinued(step.ms);
      return;
    case 'half-close':
      socket.end();
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'stop-reading':
      socket.pause();
      return;
    case 'read-on':
      socket.resume();
  }
}
