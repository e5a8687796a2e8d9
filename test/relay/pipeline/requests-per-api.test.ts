import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const max = 20;
let upstream: Server;
let world: PipelineWorld;
let connections = 0;

beforeAll(async () => {
  upstream = createServer(({ url }: IncomingMessage, response) => {
    if (url !== '/hold') response.end('ok');
  });
  upstream.on('connection', () => (connections += 1));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  world = await startPipelineWorld({
    apis: [
      { id: 'one', name: 'One', upstream: url },
      { id: 'other', name: 'Other', upstream: url },
    ],
    limits: { max_requests_per_api: max },
  });
});

afterAll(async () => {
  await world.close();
  const closed = once(upstream, 'close');
  upstream.close();
  upstream.closeAllConnections();
  await closed;
});

it('one person’s requests at an API are bounded over all connections, and each beyond is refused on record', async () => {
  const sessions = [0, 1].map(() => connect(`http://127.0.0.1:${world.port('one')}`));
  const streams = sessions.flatMap((session) =>
    Array.from({ length: 30 }, () => session.request({ ':path': '/hold' })),
  );
  const refused: number[] = [];
  await new Promise<void>((resolve) => {
    for (const stream of streams) {
      stream.on('error', () => undefined);
      stream.on('response', (headers) => {
        expect(headers['retry-after']).toBe('1');
        if (refused.push(headers[':status'] ?? 0) === streams.length - max) resolve();
      });
    }
  });
  expect(new Set(refused)).toEqual(new Set([503]));
  await expect.poll(() => connections).toBe(max);
  const denied = world.decisions().filter(({ record }) => record.path === '/hold' && record.effect === 'deny');
  expect(denied.length).toBe(streams.length - max);
  expect(denied[0]?.record.reason).toBe('You have 20 requests under way at this API (max_requests_per_api).');

  const url = (api: string): string => `http://127.0.0.1:${world.port(api)}/quick`;
  expect((await fetch(url('other'))).status, 'another API').toBe(200);
  expect((await fetch(url('one'))).status).toBe(503);
  for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
  await expect.poll(async () => (await fetch(url('one'))).status).toBe(200);
  for (const session of sessions) session.destroy();
  await expect
    .poll(() => world.decisions().filter(({ record, outcome }) => record.path === '/hold' && outcome === null))
    .toEqual([]);
});
