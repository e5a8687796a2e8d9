// Loaded by Node before the relay (`--import`): switches its metrics on and off some times a second, and keeps in the file that
// CAUSEWAY_ALTERNATES names what was done and used in both ways, as JSON of `{ off, on }`.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { alternatesVariable, inForce, type Used } from './looks.ts';
import './switch-looks.ts';

const leastMs = 150;
const atRandomMs = 100;
/** Turns in which less is done are not under load, or begin or end with it. */
const leastRequests = 200;

function alternate(path: string): void {
  const used: Record<'off' | 'on', Used> = {
    off: { requests: 0, ms: 0, cpuUs: 0 },
    on: { requests: 0, ms: 0, cpuUs: 0 },
  };
  let way: keyof typeof used = 'off';
  let cpu = process.threadCpuUsage();
  let sinceMs = performance.now();
  inForce.ended = 0;
  const turn = (): void => {
    const [cpuNow, nowMs] = [process.threadCpuUsage(), performance.now()];
    if (inForce.ended >= leastRequests) {
      const own = used[way];
      own.requests += inForce.ended;
      own.ms += nowMs - sinceMs;
      own.cpuUs += cpuNow.user + cpuNow.system - cpu.user - cpu.system;
      writeFileSync(path, JSON.stringify(used));
    }
    [cpu, sinceMs, inForce.ended] = [process.threadCpuUsage(), performance.now(), 0];
    way = way === 'on' ? 'off' : 'on';
    inForce.looks = { metrics: way === 'on', traces: 0 };
    for (const change of inForce.onChange) change();
    setTimeout(turn, leastMs + Math.random() * atRandomMs).unref();
  };
  turn();
}

const path = process.env[alternatesVariable];
if (isMainThread && path !== undefined) alternate(path);
