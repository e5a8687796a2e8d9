import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, constants, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../support/install-programs.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const run = promisify(execFile);
const noCurl = findProgram('curl') === null;

describe('an answer of an API of HTTP/2 that comes before its caller’s body has ended', () => {
  let api: Http2Server;
  let world: PipelineWorld;
  beforeAll(async () => {
    api = createServer((_request, response) => response.writeHead(401, { 'content-type': 'text/plain' }).end('no'));
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    world = await startPipelineWorld({ apis: [{ id: 'early', name: 'Early', upstream, protocol: 'http2' }] });
  });
  afterAll(async () => {
    await world?.close();
    api?.close();
  });

  it.skipIf(noCurl).each([10, 3_000, 60_000, 2_000_000])(
    `reaches curl, which takes a reset behind it for a failure (%d bytes)${noCurl ? ' (skipped: no curl)' : ''}`,
    async (bytes) => {
      const url = `http://127.0.0.1:${world.port('early')}/`;
      const options = ['-s', '--http2-prior-knowledge', '-o', '/dev/null', '-w', '%{http_code}', '--data-binary', '@-'];
      for (let round = 0; round < 5; round += 1) {
        const call = run('curl', [...options, url]);
        call.child.stdin?.on('error', () => undefined).end('x'.repeat(bytes));
        expect((await call).stdout).toBe('401');
      }
    },
  );

  it('tells a caller that doesn’t end to stop, once it has the answer', async () => {
    const session = connect(`http://127.0.0.1:${world.port('early')}`);
    const request = session.request({ ':method': 'POST', ':path': '/endless' });
    const sending = setInterval(() => {
      for (let burst = 0; burst < 16 && request.writableLength < 8_000_000; burst += 1)
        request.write(Buffer.alloc(1_000_000));
    }, 1);
    request.resume();
    const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(401);
    await once(request, 'close');
    clearInterval(sending);
    expect(request.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    session.destroy();
  }, 20_000);
});
