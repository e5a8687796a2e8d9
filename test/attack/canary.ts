import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** An ordinary program beside the attack, which must be served all the time. */
export interface Canary {
  readonly calls: number;
  readonly slowestMs: number;
  /** Of all calls, in milliseconds. */
  percentile(share: number): number;
  /** What it was not served; empty when it was. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

const pauseMs = 50;
const maxComplaints = 20;

/** Calls over and over, each call to be answered with 200 within `boundMs`. */
export function startCanary(port: number, boundMs: number): Canary {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const complaints: string[] = [];
  let stopped = false;
  const run = (async () => {
    while (!stopped) {
      const startMs = performance.now();
      const { status, lateMs } = await call(port, agent, boundMs);
      const tookMs = performance.now() - startMs;
      times.push(tookMs);
      // The time by which this very process was late says nothing of the others.
      const bad = status !== 200 || tookMs - lateMs > boundMs;
      if (bad && complaints.length < maxComplaints)
        complaints.push(`an ordinary GET beside the attack: ${status} after ${Math.round(tookMs)} ms`);
      await wait(pauseMs);
    }
    agent.destroy();
  })();
  return {
    get calls() {
      return times.length;
    },
    get slowestMs() {
      return Math.round(Math.max(0, ...times.slice(-100_000)));
    },
    percentile: (share) => Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0),
    complaints,
    async stop() {
      stopped = true;
      await run;
    },
  };
}

function call(port: number, agent: Agent, boundMs: number): Promise<{ status: number | string; lateMs: number }> {
  return new Promise((resolve) => {
    let lateMs = 0;
    let tickMs = performance.now();
    const ticks = setInterval(() => {
      lateMs += Math.max(0, performance.now() - tickMs - 2 * 20);
      tickMs = performance.now();
    }, 20);
    const done = (status: number | string): void => {
      clearInterval(ticks);
      resolve({ status, lateMs });
    };
    const request = get({ port, host: '127.0.0.1', path: '/canary', agent, timeout: boundMs * 2 }, (response) => {
      response.resume();
      response.once('end', () => done(response.statusCode ?? 0));
      response.once('error', (error) => done(error.message));
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', (error) => done(error.message));
  });
}
