import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const answer = Buffer.alloc(51_384, 'a');
let api: Http2Server;
const sessions = new Set<ServerHttp2Session>();
let asked = 0;
let world: PipelineWorld;

beforeAll(async () => {
  api = createServer();
  api.on('session', (session) => sessions.add(session));
  api.on('stream', (stream: ServerHttp2Stream) => {
    asked += 1;
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-length': answer.length });
    stream.end(answer);
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  world = await startPipelineWorld({ apis: [{ id: 'orders', name: 'Orders', upstream, protocol: 'http2' }] });
});
afterAll(async () => {
  await world?.close();
  api?.close();
});

/** Local sockets of this process that are open: two for each session to an HTTP/2 API. */
const localSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;

test(
  'nothing of a session stays when callers left whole answers unread and its API went away',
  { timeout: 30_000 },
  async () => {
    const before = localSockets();
    const requests = 300;
    for (let callers = 1; callers <= 3; callers += 1) {
      const caller = connect(world.port('orders'), '127.0.0.1').pause();
      caller.on('error', () => undefined);
      await once(caller, 'connect');
      caller.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${world.port('orders')}\r\n\r\n`.repeat(requests));
      const seen = asked;
      // What nobody reads stops the requests behind it.
      await vi.waitFor(async () => {
        const now = asked;
        await wait(200);
        expect(asked > seen && asked === now).toBe(true);
      }, 10_000);
      for (const session of sessions) session.close();
      caller.resetAndDestroy();
    }
    expect(localSockets()).toBeGreaterThan(before);
    for (const session of sessions) session.close();
    await vi.waitFor(() => expect(localSockets()).toBe(before), 10_000);
  },
);
