import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startScript } from '../start-process.ts';
import { findProgram } from './find-program.ts';

/** Where to send requests, with the headers that the system asks for. */
export interface LoadTarget {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What one round of requests gave. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const run = promisify(execFile);
const wrk = findProgram('wrk');
const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Name of the program that makes the load, for the report. */
export const loadGenerator = wrk === null ? 'node' : 'wrk';

function percentileMs(output: string, percent: number): number {
  const found = new RegExp(`${percent}%\\s+(?<value>[\\d.]+)(?<unit>us|ms|s|m)`, 'u').exec(output)?.groups;
  return Number(found?.['value'] ?? Number.NaN) * (unitsMs[found?.['unit'] ?? ''] ?? Number.NaN);
}

async function runWrk(program: string, target: LoadTarget, connections: number, seconds: number): Promise<LoadResult> {
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { stdout } = await run(program, [
    '--threads=1',
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    '--latency',
    // An answer that takes long on a busy machine is late, and no failure.
    '--timeout=60s',
    ...headers,
    `http://127.0.0.1:${target.port}/small`,
  ]);
  const bad = /Non-2xx or 3xx responses: (?<count>\d+)/u.exec(stdout) ?? /Socket errors: (?<count>.*)/u.exec(stdout);
  if (bad !== null) throw new Error(`${bad[0]} at port ${target.port}`);
  const requests = Number(/(?<count>\d+) requests in/u.exec(stdout)?.groups?.['count'] ?? 0);
  return {
    requests,
    requestsPerSecond: Number(/Requests\/sec:\s+(?<rate>[\d.]+)/u.exec(stdout)?.groups?.['rate'] ?? 0),
    p50Ms: percentileMs(stdout, 50),
    p99Ms: percentileMs(stdout, 99),
  };
}

/** Asks for small JSON on keep-alive connections, one request at a time on each; throws when any isn't answered by 200. */
export async function load(target: LoadTarget, connections: number, seconds: number): Promise<LoadResult> {
  if (wrk !== null) return runWrk(wrk, target, connections, seconds);
  const generator = await startScript('load-generator', { ...target, path: '/small', connections, seconds });
  await generator.close();
  const result = generator.ready as { requests: number; seconds: number; p50Ms: number; p99Ms: number; errors: number };
  if (result.errors > 0) throw new Error(`${result.errors} requests failed at port ${target.port}`);
  return { ...result, requestsPerSecond: result.requests / result.seconds };
}
