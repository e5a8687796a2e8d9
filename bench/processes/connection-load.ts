// Opens one connection for each request, a few at a time, for some seconds. A connection counts from its opening to the
// end of its answer. Prints {"connections", "seconds", "p50Ms", "p99Ms"}; any other answer than 200 ends it with an error.
import { connect } from 'node:net';
import { answerLength } from './answer-length.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as {
  target: { port: number } | { path: string };
  host: string;
  atATime: number;
  seconds: number;
};
const request = `GET /small HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`;

function callOnce(): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const socket = 'path' in options.target ? connect(options.target.path) : connect(options.target.port, '127.0.0.1');
    let received = '';
    socket.setNoDelay(true).setEncoding('latin1');
    socket.once('connect', () => void socket.write(request));
    socket.on('data', (text: string) => {
      received += text;
      const length = answerLength(received);
      if (length === null || received.length < length) return;
      const tookMs = performance.now() - startedMs;
      // An orderly end would leave a port behind in TIME_WAIT for a minute, and there are only so many.
      if ('port' in options.target) socket.resetAndDestroy();
      else socket.destroy();
      if (received.startsWith('HTTP/1.1 200')) resolve(tookMs);
      else reject(new Error(received));
    });
    socket.once('error', reject);
    socket.once('end', () => reject(new Error(`The connection ended early: ${received}`)));
  });
}

async function callUntil(endMs: number): Promise<number[]> {
  const tookMs: number[] = [];
  while (performance.now() < endMs) tookMs.push(await callOnce());
  return tookMs;
}

const startedMs = performance.now();
const endMs = startedMs + options.seconds * 1000;
const all = (await Promise.all(Array.from({ length: options.atATime }, () => callUntil(endMs)))).flat();
const seconds = (performance.now() - startedMs) / 1000;
all.sort((a, b) => a - b);
const percentile = (share: number): number => all[Math.floor((all.length - 1) * share)] ?? Number.NaN;
console.log(JSON.stringify({ connections: all.length, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }));
process.exit(0);
