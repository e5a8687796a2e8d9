import { once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peekHost } from '../../../client/listeners/peek-host.ts';
import { readAll, socketPairs } from './socket-pairs.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const acknowledgement = Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]);

/** What Node’s client sends for one request, before it has heard anything. */
async function requestBytes(authority: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const parts: Buffer[] = [];
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      parts.push(chunk);
      done();
    },
  });
  const session = connectHttp2('http://peer', { createConnection: () => wire });
  session.on('error', () => undefined);
  const stream = session.request({ ':authority': authority, ':path': '/', ...more });
  stream.on('error', () => undefined);
  // The head goes out once the session has said its preface.
  while (!hasHead(Buffer.concat(parts))) await new Promise((soon) => setImmediate(soon));
  session.destroy();
  return Buffer.concat(parts);
}

function hasHead(bytes: Buffer): boolean {
  for (let at = preface.length; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const [type, flags] = [bytes.readUInt8(at + 3), bytes.readUInt8(at + 4)];
    if ((type === 1 || type === 9) && (flags & 4) !== 0) return bytes.length >= at + 9 + bytes.readUIntBE(at, 3);
  }
  return false;
}

/** The first HEADERS frame. */
function headFrame(bytes: Buffer): Buffer {
  let at = preface.length;
  while (bytes.readUInt8(at + 3) !== 1) at += 9 + bytes.readUIntBE(at, 3);
  return bytes.subarray(at, at + 9 + bytes.readUIntBE(at, 3));
}

function withStream(frame: Buffer, id: number): Buffer {
  const other = Buffer.from(frame);
  other.writeUInt32BE(id, 5);
  return other;
}

const pairs = socketPairs();
beforeAll(() => pairs.open());
afterAll(() => pairs.close());

const peeked = (accepted: Socket): Promise<string | null> => new Promise((got) => peekHost(accepted, got));

describe('the authority of a connection’s first request over HTTP/2', () => {
  test.each([
    ['in small letters', 'Orders.Acme.localhost:7100', {}, 'orders.acme.localhost:7100'],
    ['with a head of several frames', 'orders.localhost', { 'x-long': '~'.repeat(40_000) }, 'orders.localhost'],
    ['longer than any name', `${'a'.repeat(301)}`, {}, null],
  ])('%s', async (_name, authority, more, expected) => {
    const sent = await requestBytes(authority, more);
    const { caller, accepted } = await pairs.pair();
    const got = peeked(accepted);
    caller.end(sent);
    expect(await got).toBe(expected);
    expect(await readAll(accepted)).toBe(sent.toString('latin1'));
  });

  test('is found however it is cut', async () => {
    const sent = await requestBytes('orders.localhost');
    const { caller, accepted } = await pairs.pair();
    const got = peeked(accepted);
    for (const byte of sent) await new Promise((sentOut) => caller.write(Buffer.of(byte), sentOut));
    expect(await got).toBe('orders.localhost');
    caller.end();
    expect(await readAll(accepted)).toBe(sent.toString('latin1'));
  });

  test.each([
    ['another preface', Buffer.from(`PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n${' '.repeat(20)}`)],
    ['a frame that is larger than any may be', Buffer.concat([preface, Buffer.from([1, 0, 0, 4, 0, 0, 0, 0, 0])])],
    ['a head that is none', Buffer.concat([preface, settings, Buffer.from([0, 0, 2, 1, 5, 0, 0, 0, 1, 255, 255])])],
    ['frames without end', Buffer.concat([preface, ...Array.from({ length: 15_000 }, () => settings)])],
  ])('%s: the server behind refuses it', async (_name, sent) => {
    const { caller, accepted } = await pairs.pair();
    const got = peeked(accepted);
    caller.end(sent);
    expect(await got).toBeNull();
    expect(await readAll(accepted)).toBe(sent.toString('latin1'));
  });

  test.each([
    [
      'a second stream that breaks off',
      [
        [3, 0],
        [3, 2],
      ],
    ],
    [
      'two that break off',
      [
        [3, 0],
        [3, 2],
        [5, 0],
        [5, 1],
      ],
    ],
  ] as const)('ends nothing with %s right behind it', async (_name, streams) => {
    const first = await requestBytes('orders.localhost');
    const head = headFrame(first);
    const frames = streams.map(([id, code]) =>
      code === 0 ? withStream(head, id) : Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, id, 0, 0, 0, code]),
    );
    const goaway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    const broken = Buffer.from([0, 0, 1, 8, 0, 0, 0, 0, 0, 0]);
    for (const last of [[], [goaway], [broken]]) {
      const { caller, accepted } = await pairs.pair();
      const got = peeked(accepted);
      caller.write(Buffer.concat([first, ...frames, ...last]));
      expect(await got).toBe('orders.localhost');
      // An error of the look would come a turn later, to nobody.
      for (let turns = 0; turns < 5; turns += 1) await new Promise((soon) => setImmediate(soon));
    }
  });

  test('a caller that waits for settings gets some, and nobody sees its acknowledgement', async () => {
    const sent = await requestBytes('orders.localhost');
    const head = sent.subarray(preface.length + 9 + sent.readUIntBE(preface.length, 3));
    const { caller, accepted } = await pairs.pair();
    const got = peeked(accepted);
    caller.write(Buffer.concat([preface, settings]));
    const [heard] = (await once(caller, 'data')) as [Buffer];
    expect([...heard]).toEqual([...settings]);
    // Its request may cross them, or come behind.
    caller.end(Buffer.concat([head, acknowledgement]));
    expect(await got).toBe('orders.localhost');
    expect(await readAll(accepted)).toBe(Buffer.concat([preface, settings, head]).toString('latin1'));
  });

  test('a caller that ends before it has asked is let go', async () => {
    const { caller, accepted } = await pairs.pair();
    const closed = once(accepted, 'close');
    peekHost(accepted, () => expect.unreachable());
    caller.end(Buffer.concat([preface, settings]));
    await closed;
  });
});

describe('a real client and a real server with the look between them', () => {
  let behind: Http2Server;
  let front: Server;
  const found: (string | null)[] = [];
  beforeAll(async () => {
    behind = createHttp2Server((request, response) => void response.end(`hello ${request.authority}`));
    behind.listen(0, '127.0.0.1');
    await once(behind, 'listening');
    front = createServer({ pauseOnConnect: true }, (socket) => {
      peekHost(socket, (host) => {
        found.push(host);
        const onward = connect((behind.address() as AddressInfo).port, '127.0.0.1');
        socket.pipe(onward).pipe(socket);
      });
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
  });
  afterAll(() => {
    front.close();
    behind.close();
  });

  test.each([
    ['one that asks at once', false],
    ['one that waits for the other side’s settings', true],
  ])('%s', async (_name, waits) => {
    const session = connectHttp2(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
    if (waits) await once(session, 'remoteSettings');
    const bodies: string[] = [];
    for (const name of ['orders.localhost', 'payroll.localhost']) {
      const stream = session.request({ ':authority': name, ':path': '/' });
      stream.setEncoding('utf8');
      let body = '';
      for await (const part of stream) body += String(part);
      bodies.push(body);
    }
    session.close();
    expect(bodies).toEqual(['hello orders.localhost', 'hello payroll.localhost']);
    expect(found.splice(0)).toEqual(['orders.localhost']);
  });
});
