import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { type HijackUpstream, startHijackUpstream } from '../pipeline/start-hijack-upstream.ts';

// A relay of its own for each.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let hijack: HijackUpstream;
/** Takes every connection, says what a test tells it to, and never ends anything, whatever happens. */
let rude: Server;
const rudeSockets = new Set<Socket>();
let world: PipelineWorld | null = null;
const callers: Socket[] = [];

beforeAll(async () => {
  hijack = await startHijackUpstream();
  rude = createServer({ allowHalfOpen: true }, (socket) => {
    rudeSockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => rudeSockets.delete(socket));
    socket.once('data', (head: Buffer) => {
      if (head.includes('GET /events'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
      if (head.includes('GET /flood')) {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const flood = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        };
        socket.on('drain', flood);
        flood();
      }
    });
  });
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', () => resolve()));
});

afterEach(async () => {
  for (const socket of callers.splice(0)) socket.destroy();
  await world?.close();
  world = null;
});

afterAll(async () => {
  for (const socket of rudeSockets) socket.destroy();
  rude.close();
  await hijack.close();
});

async function caller(port: number, lines: readonly string[], rest = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  callers.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const [line = '', ...more] = lines;
  socket.write(`${[line, `Host: 127.0.0.1:${port}`, ...more].join('\r\n')}${rest}`);
  return socket;
}

/** A relay with everything under way that programs and servers leave behind. */
async function startBusyRelay(drainSeconds: number): Promise<PipelineWorld> {
  const started = await startPipelineWorld({
    separate: true,
    drainSeconds,
    apis: [
      { id: 'rude', name: 'Rude', upstream: `http://127.0.0.1:${(rude.address() as AddressInfo).port}` },
      { id: 'shell', name: 'Shell', upstream: hijack.url, upgrades: ['websocket', 'tcp'] },
    ],
  });
  world = started;
  const port = started.port('rude');
  const upgrade = ['Connection: Upgrade', 'Upgrade: tcp'];
  const [events, flood, shell] = await Promise.all([
    caller(port, ['GET /events HTTP/1.1'], '\r\n\r\n'),
    caller(port, ['GET /flood HTTP/1.1'], '\r\n\r\n'),
    caller(started.port('shell'), ['POST /echo HTTP/1.1', ...upgrade], '\r\n\r\n'),
    caller(port, ['GET /silent HTTP/1.1'], '\r\n\r\n'),
    caller(port, ['GET /half HTTP/1.1']),
    caller(port, ['POST /half HTTP/1.1', 'Content-Length: 10'], '\r\n\r\nhalf'),
    caller(port, ['POST /expects HTTP/1.1', 'Content-Length: 10', 'Expect: 100-continue'], '\r\n\r\n'),
    caller(started.port('shell'), ['POST /echo HTTP/1.1', ...upgrade, 'Content-Length: 10'], '\r\n\r\nhalf'),
  ]);
  // The flood's reader reads no more.
  await Promise.all([once(events, 'data'), once(flood, 'readable'), once(shell, 'data')]);
  return started;
}

async function endsOf({ process: relay }: PipelineWorld, ...signals: NodeJS.Signals[]): Promise<[unknown, number]> {
  const beganAtMs = Date.now();
  if (relay === null) throw new Error('The relay isn’t a process');
  for (const signal of signals) relay.signal(signal);
  const code = await relay.exited;
  return [code, Date.now() - beganAtMs];
}

test('SIGTERM, even twice, gives streams drain_seconds; then the relay is gone, with exit code 0', async () => {
  const busy = await startBusyRelay(1);
  const ended = endsOf(busy, 'SIGTERM');
  await busy.process?.waitForLog(({ msg }) => msg === 'relay draining');
  busy.process?.signal('SIGTERM');
  const [code, tookMs] = await ended;
  expect(code).toBe(0);
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(20_000);
});

test('SIGINT ends at once, with exit code 0', async () => {
  const [code, tookMs] = await endsOf(await startBusyRelay(600), 'SIGINT');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(20_000);
});

test('SIGINT ends a relay that drains', async () => {
  const busy = await startBusyRelay(600);
  busy.process?.signal('SIGTERM');
  await busy.process?.waitForLog(({ msg }) => msg === 'relay draining');
  const [code, tookMs] = await endsOf(busy, 'SIGINT');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(20_000);
});
