import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

const limit = 'It took longer than the API allows (max_seconds: 3).';

/** Answers `/half` to the middle, `/fast` whole, `/late` with its head only; says nothing to anything else. */
function behave(request: Pick<IncomingMessage, 'url'>, response: Pick<ServerResponse, 'write' | 'end'>): void {
  if (request.url === '/half') response.write('half');
  if (request.url === '/fast') response.end('fast');
}

async function listen(server: Server | Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a request that takes longer than its API allows', () => {
  const plain = createServer(behave);
  const multiplexed = createHttp2Server((request, response) => behave({ url: request.url }, response as never));
  let world: PipelineWorld;
  beforeAll(async () => {
    world = await startPipelineWorld({
      apis: [
        { id: 'plain', name: 'Plain', upstream: await listen(plain), max_seconds: 3 },
        { id: 'http2', name: 'HTTP/2', upstream: await listen(multiplexed), protocol: 'http2', max_seconds: 3 },
      ],
    });
  });
  afterAll(async () => {
    await world?.close();
    plain.closeAllConnections();
    plain.close();
    multiplexed.close();
  });

  const outcome = () => world.decisions(1)[0]?.outcome;

  describe.each(['plain', 'http2'])('from an upstream (%s)', (api) => {
    const call = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${world.port(api)}${path}`, init);

    it.each([
      ['without a body', {}],
      ['with one', { method: 'POST', body: 'order' }],
    ])('gets 504 with its id and the reason when there is no answer yet, %s', async (_what, init) => {
      const answer = await call('/silent', init);
      expect(answer.status).toBe(504);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const id = world.decisions(1)[0]?.record.requestId;
      expect(answer.headers.get('x-causeway-request-id')).toBe(id);
      expect(await answer.json()).toMatchObject({ code: 'upstream-timeout', requestId: id, api, detail: limit });
      await expect.poll(outcome).toMatchObject({ outcome: 'unknown', status: 504, detail: limit });
    });

    it('is cut off in the middle of its answer, which can’t be taken for a whole one', async () => {
      const connection = await RawConnection.open(world.port(api));
      connection.write(`GET /half HTTP/1.1\r\nHost: 127.0.0.1:${world.port(api)}\r\n\r\n`);
      await connection.waitForText('half');
      await connection.ended();
      expect((await connection.readResponse()).whole).toBe(false);
      await expect.poll(outcome).toMatchObject({ outcome: 'aborted', status: 200, detail: limit });
      connection.close();
    });

    it('leaves the next request its own time', async () => {
      const answer = await call('/fast');
      expect([answer.status, await answer.text()]).toEqual([200, 'fast']);
      await expect.poll(outcome).toMatchObject({ outcome: 'completed', status: 200, detail: null });
    });
  });

  it('gets 504 also while its body is on the way, and the connection ends behind it', async () => {
    const connection = await RawConnection.open(world.port('plain'));
    const host = `127.0.0.1:${world.port('plain')}`;
    connection.write(`POST /silent HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\npart`);
    const answer = await connection.readResponse('POST');
    expect(answer.status).toBe(504);
    expect(answer.headers['connection']).toBe('close');
    await connection.ended();
    connection.close();
  });
});
