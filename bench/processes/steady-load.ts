// Sends GET requests at a steady rate over keep-alive connections, for some seconds. How long one took counts from the
// moment it was due, so that what waits behind a slow one is slow too. Prints {"requests", "p50Ms", "p99Ms", "mostMs"}.
import { answerLength } from './answer-length.ts';
import { connect } from 'node:net';

const options = JSON.parse(process.argv[2] ?? '{}') as {
  port: number;
  path: string;
  connections: number;
  perSecond: number;
  seconds: number;
};
const request = `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n\r\n`;
const latenciesMs: number[] = [];
const everyMs = 1000 / options.perSecond;
const due: number[] = [];
const free: (() => void)[] = [];

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    let received = '';
    let dueMs = 0;
    const next = (): void => {
      const waiting = due.shift();
      if (waiting === undefined) {
        free.push(next);
        return;
      }
      dueMs = waiting;
      socket.write(request);
    };
    socket.on('data', (text: string) => {
      received += text;
      const length = answerLength(received);
      if (length === null || received.length < length) return;
      latenciesMs.push(performance.now() - dueMs);
      if (!received.startsWith('HTTP/1.1 200')) throw new Error(received);
      received = '';
      next();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The connection was closed.')));
    socket.once('connect', () => {
      next();
      resolve();
    });
  });
}

await Promise.all(Array.from({ length: options.connections }, open));
const total = Math.round(options.seconds * options.perSecond);
const startedMs = performance.now();
let begun = 0;
const timer = setInterval(() => {
  for (const nowMs = performance.now(); begun < total && startedMs + begun * everyMs <= nowMs; begun += 1) {
    due.push(startedMs + begun * everyMs);
    free.shift()?.();
  }
  if (latenciesMs.length < total) return;
  clearInterval(timer);
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const percentile = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  console.log(
    JSON.stringify({ requests: total, p50Ms: percentile(0.5), p99Ms: percentile(0.99), mostMs: sorted.at(-1) }),
  );
  process.exit(0);
}, 1);
