import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import {
  headersFrame,
  hpackHeader,
  http2Frame,
  http2Type,
  rawHttp2,
  requestHead,
  uint32,
} from '../../tunnel/support/raw-http2.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const data = http2Frame(http2Type.data, 0, 1, Buffer.from('abc'));
const trailers = (name: string, value: string): Buffer => headersFrame(1, hpackHeader(name, value));

/** What a caller of HTTP/2 says behind head and body; none of it makes the request whole. */
const faults: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['trailers with a field of the connection', trailers('transfer-encoding', 'chunked')],
  ['trailers with a pseudo-field', trailers(':path', '/x')],
  ['trailers with a name in capitals', trailers('Upper', 'case')],
  ['trailers with a name that isn’t ASCII', trailers('\xe4', 'a')],
  ['trailers with a line break', trailers('x', 'a\r\nb')],
  ['a reset without an error', http2Frame(http2Type.reset, 0, 1, uint32(0))],
  ['a reset', http2Frame(http2Type.reset, 0, 1, uint32(8))],
];

/** A way to an API that lets nothing through before it is told to. */
interface HeldWay {
  readonly port: number;
  /** Resolves when somebody connects. */
  connected(): Promise<unknown>;
  release(): void;
  /** Ends all connections, so that the next request needs another one. */
  cut(): void;
  close(): void;
}

async function holdWayTo(port: number): Promise<HeldWay> {
  let held: Socket[] = [];
  const sockets: Socket[] = [];
  const server = createTcpServer({ pauseOnConnect: true }, (socket) => {
    held.push(socket);
    sockets.push(socket.on('error', () => undefined));
  });
  const cut = (): void => {
    held = [];
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connected: () => (held.length > 0 ? Promise.resolve() : once(server, 'connection')),
    release() {
      for (const socket of held) {
        const api = connect(port, '127.0.0.1').on('error', () => socket.destroy());
        sockets.push(api);
        socket.pipe(api).pipe(socket);
      }
      held = [];
    },
    cut,
    close() {
      server.close();
      cut();
    },
  };
}

describe('to an API whose connection isn’t there yet, a request of HTTP/2', () => {
  let dir: string;
  let api: Server;
  let way: HeldWay;
  let world: PipelineWorld;
  let bodies: string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'causeway-late-faults-'));
    const { certPath, keyPath, caPath } = await makeDemoCertificates(dir);
    const keys = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
    api = createServer(keys, (request, response) => {
      let text = '';
      request.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        bodies.push(request.complete ? text : 'cut');
        response.end();
      });
      request.on('error', () => bodies.push('cut'));
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    way = await holdWayTo((api.address() as AddressInfo).port);
    const upstream = `https://127.0.0.1:${way.port}`;
    world = await startPipelineWorld({ apis: [{ id: 'api', name: 'API', upstream, ca: caPath }] });
  });
  afterAll(async () => {
    await world?.close();
    way?.close();
    api?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each(faults)('that ends with %s is never whole for the API', async (_what, fault) => {
    bodies = [];
    const raw = await rawHttp2(world.port('api'));
    raw.write(headersFrame(1, requestHead('POST', '/broken', raw.authority), false), data);
    await way.connected();
    raw.write(fault);
    await expect
      .poll(() => world.decisions(1)[0])
      .toMatchObject({ record: { path: '/broken' }, outcome: { outcome: expect.stringMatching(/aborted|unknown/) } });
    way.release();
    // Behind all that may still be on its way.
    const after = fetch(`http://127.0.0.1:${world.port('api')}/after`, { method: 'POST', body: 'whole' });
    await way.connected().then(() => way.release());
    expect((await after).status).toBe(200);
    expect(bodies.filter((body) => body !== 'cut')).toEqual(['whole']);
    raw.socket.destroy();
    way.cut();
  });
});
