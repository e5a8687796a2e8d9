// One client of HTTP/1.1 that asks an upstream for small JSON, so many requests at once. Prints
// {"cpuMs", "seconds", "allocatedBytes", "reads", "writes"} of its event loop for the requests behind the first `warmUp`.
import { Agent, request as askOverNode } from 'node:http';
import { connect, type Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { type Dispatcher, Pool } from 'undici';
import { connectUpstream } from '../../relay/upstream/connect-upstream.ts';
import { sharedReads } from '../../relay/upstream/shared-read-buffer.ts';
import { readCalls } from '../measure/thread-calls.ts';

/** Clients that are compared; `net` is the floor, which reads no head but its length. */
export type ClientKind = 'undici-dispatch' | 'undici-request' | 'node-http' | 'net';

type Done = (error: Error | null) => void;
type Ask = (done: Done) => void;

const { kind, port, connections, requests, warmUp } = JSON.parse(process.argv[2] ?? '{}') as {
  kind: ClientKind;
  port: number;
  connections: number;
  requests: number;
  warmUp: number;
};
const origin = `http://127.0.0.1:${port}`;
const path = '/small';
/** As many, and as long, as the relay sends. */
const headers = [
  ['host', `127.0.0.1:${port}`],
  ['accept', 'application/json'],
  ['user-agent', 'bench'],
  ['x-request-id', '01K4Z1V0N8Y7Q9F3T5R2W6B4HC'],
  ['forwarded', 'for=127.0.0.1;proto=https;host="127.0.0.1"'],
  ['via', '1.1 causeway'],
] as const;

class Handler implements Dispatcher.DispatchHandler {
  readonly #done: Done;
  constructor(done: Done) {
    this.#done = done;
  }
  onRequestStart(): void {}
  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status !== 200) this.#done(new Error(`Answered with ${status}`));
  }
  onResponseData(): void {}
  onResponseEnd(): void {
    this.#done(null);
  }
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#done(error);
  }
}

function openPool(): Pool {
  return new Pool(origin, { connections: null, pipelining: 1, bodyTimeout: 0, connect: connectUpstream({}) });
}

const clients: Readonly<Record<ClientKind, () => Ask>> = {
  'undici-dispatch': () => {
    const pool = openPool();
    return (done) => void pool.dispatch({ path, method: 'GET', headers: headers.flat() }, new Handler(done));
  },
  'undici-request': () => {
    const pool = openPool();
    return (done) =>
      pool.request({ path, method: 'GET', headers: headers.flat() }, (error, answer) => {
        if (error !== null) return done(error);
        answer.body.on('end', () => done(null));
        answer.body.on('error', done);
        answer.body.resume();
      });
  },
  'node-http': () => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    agent.createConnection = () => {
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: sharedReads(() => socket) });
      return socket;
    };
    return (done) => {
      const asked = askOverNode({ agent, host: '127.0.0.1', port, path, headers: headers.flat() }, (answer) => {
        answer.on('end', () => done(null));
        answer.on('error', done);
        answer.resume();
      });
      asked.on('error', done);
      asked.end();
    };
  },
  net: () => {
    const head = `GET ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    const free: ((done: Done) => void)[] = [];
    const open = (): ((done: Done) => void) => {
      let waiting: Done = () => undefined;
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: sharedReads(() => socket) });
      const askHere = (done: Done): void => {
        waiting = done;
        socket.write(head, 'latin1');
      };
      // Each answer is so small that it comes as one.
      socket.on('data', () => {
        free.push(askHere);
        waiting(null);
      });
      socket.on('error', (error) => waiting(error));
      return askHere;
    };
    return (done) => (free.pop() ?? open())(done);
  },
};

function run(ask: Ask, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let [left, underWay] = [count, 0];
    const next = (): void => {
      left -= 1;
      underWay += 1;
      ask((error) => {
        underWay -= 1;
        if (error !== null) reject(error);
        // In a later turn, as the relay's next request comes, when the connection is free for it.
        else if (left > 0) setImmediate(next);
        else if (underWay === 0) resolve();
      });
    };
    for (let index = 0; index < Math.min(connections, count); index += 1) next();
  });
}

function look(): { cpuMs: number; atMs: number; bytes: number; reads: number; writes: number } {
  const { user, system } = process.cpuUsage();
  const { total_allocated_bytes: bytes } = getHeapStatistics() as unknown as { total_allocated_bytes: number };
  const calls = readCalls(process.pid, 'event-loop') ?? { reads: Number.NaN, writes: Number.NaN };
  return { cpuMs: (user + system) / 1000, atMs: performance.now(), bytes, ...calls };
}

const ask = clients[kind]();
await run(ask, warmUp);
const before = look();
await run(ask, requests);
const after = look();
console.log(
  JSON.stringify({
    cpuMs: after.cpuMs - before.cpuMs,
    seconds: (after.atMs - before.atMs) / 1000,
    allocatedBytes: after.bytes - before.bytes,
    reads: after.reads - before.reads,
    writes: after.writes - before.writes,
  }),
);
process.exit(0);
