import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }],
    limits: { header_timeout_seconds: 1 },
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

it('a head that doesn’t come to its end in time gets 408 and the end of the connection', async () => {
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(`GET /slow HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\nX-Never: end`);
  const response = await connection.readResponse();
  expect(response.status).toBe(408);
  expect(JSON.parse(response.body.toString())).toMatchObject({ detail: 'The request’s head did not arrive in time.' });
  expect(response.headers['connection']).toBe('close');
  expect(echo.requests).toEqual([]);
});

it('a connection between two requests has no such limit', async () => {
  const connection = await RawConnection.open(world.port('echo'));
  const request = `GET /kept HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\n\r\n`;
  connection.write(request);
  expect((await connection.readResponse()).status).toBe(200);
  // Longer than the limit: another connection is cut off meanwhile.
  const slow = await RawConnection.open(world.port('echo'));
  slow.write('GET /slow HTTP/1.1\r\n');
  expect((await slow.readResponse()).status).toBe(408);
  connection.write(request);
  expect((await connection.readResponse()).status).toBe(200);
  connection.close();
});
