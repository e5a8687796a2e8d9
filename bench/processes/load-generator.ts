// Sends GET requests over keep-alive connections, one at a time on each, for some seconds. Used where wrk isn't installed.
// Prints {"requests", "seconds", "p50Ms", "p99Ms", "errors"}.
import { answerLength } from './answer-length.ts';
import { connect } from 'node:net';

const options = JSON.parse(process.argv[2] ?? '{}') as {
  port: number;
  path: string;
  connections: number;
  seconds: number;
  headers: Record<string, string>;
};
const headerLines = Object.entries(options.headers).map(([name, value]) => `${name}: ${value}\r\n`);
const request = `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n${headerLines.join('')}\r\n`;
const latenciesMs: number[] = [];
let errors = 0;
const startedMs = performance.now();
const endsAtMs = startedMs + options.seconds * 1000;

function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(options.port, '127.0.0.1');
    let received = '';
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      socket.write(request);
    };
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (text: string) => {
      received += text;
      const length = answerLength(received);
      if (length === null || received.length < length) return;
      const nowMs = performance.now();
      latenciesMs.push(nowMs - sentMs);
      if (!received.startsWith('HTTP/1.1 200')) errors += 1;
      received = '';
      if (nowMs < endsAtMs) send();
      else socket.end();
    });
    socket.on('error', () => {
      errors += 1;
    });
    socket.on('close', () => resolve());
  });
}

await Promise.all(Array.from({ length: options.connections }, open));
const seconds = (performance.now() - startedMs) / 1000;
latenciesMs.sort((a, b) => a - b);
const percentile = (share: number): number => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0;
console.log(
  JSON.stringify({ requests: latenciesMs.length, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99), errors }),
);
