import { fields, flags, frame, frameType, number32 } from '../relay/way-back/start-raw-http2-upstream.ts';
import type { SeededRandom } from './seeded-random.ts';

const lengths = [
  'Content-Length: 3',
  'Content-Length: 3, 4',
  'Content-Length: +3',
  'Content-Length: 99999999999',
] as const;
const codings = ['chunked', ' chunked', 'xchunked', 'gzip, chunked', 'chunked, identity', '\vchunked'] as const;
const oddLines = [
  'Host: elsewhere.example',
  'X : space',
  ' folded',
  'X\0: nul',
  'X: a\rb',
  'Connection: close, X-Causeway-Identity',
  'Expect: 100-continue',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk',
  'Referer: a\r\nReferer: b',
  'constructor: y',
  'X-HTTP-Method-Override: DELETE',
] as const;
const smuggled = 'GET /secret/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
const bodies = [
  '',
  'abc',
  `0\r\n\r\n${smuggled}`,
  '3;x="\n"\r\nabc\r\n0\r\n\r\n',
  'FFFFFFFFFFFFFFFF1\r\na',
  smuggled,
] as const;

/** Turns over up to three bytes, or cuts the end off, in some of the cases. */
function spoil(random: SeededRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (random.number(3) === 0) {
    for (let count = random.number(3); count >= 0; count -= 1) copy[random.number(copy.length)] = random.number(256);
  }
  return random.number(6) === 0 ? copy.subarray(0, random.number(copy.length)) : copy;
}

/** An HTTP/1.1 request, or what may be taken for one or for two. */
export function http1Bytes(random: SeededRandom, path: string, host: string): Buffer {
  const method = random.pick(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'get', 'PRI', 'CONNECT']);
  const version = random.pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', '']);
  const lines = [`${method} ${path} ${version}`, `Host: ${host}`];
  for (let count = random.number(4); count > 0; count -= 1) {
    const kinds = [random.pick(lengths), `Transfer-Encoding: ${random.pick(codings)}`, random.pick(oddLines)] as const;
    lines.push(random.pick(kinds));
  }
  const end = random.pick(['\r\n', '\r\n', '\r\n', '\n', '\r']);
  return spoil(random, Buffer.from(`${lines.join(end)}${end}${end}${random.pick(bodies)}`, 'latin1'));
}

/** An HTTP/2 connection: the preface, a request or two, and frames that may be wrong in kind, place or contents. */
export function http2Bytes(random: SeededRandom, path: string, host: string): Buffer {
  const parts = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frameType.settings, 0, 0)];
  for (let streamId = 1; streamId <= 5; streamId += 2) {
    const odd = random.pick([
      ['referer', 'a'],
      ['Upper', 'case'],
      ['x', 'a\r\nb'],
      ['connection', 'close'],
      ['transfer-encoding', 'chunked'],
      [':path', '/secret/second'],
      ['te', 'gzip'],
      ['content-length', '7'],
      ['', 'no name'],
    ]) as [string, string];
    const pairs: [string, string][] = [
      [':method', random.pick(['GET', 'POST', 'CONNECT', 'DELETE'])],
      [':scheme', 'http'],
      [':authority', host],
      [':path', path],
      ...(random.number(2) === 0 ? [odd, odd] : []),
    ];
    const bits = flags.endHeaders | (random.number(2) === 0 ? flags.endStream : 0);
    parts.push(frame(frameType.headers, bits, streamId, fields(pairs)));
    const more = [
      frame(frameType.data, random.number(2), streamId, Buffer.from('body')),
      frame(frameType.resetStream, 0, streamId, number32(random.number(14))),
      frame(frameType.ping, 0, 0, Buffer.alloc(random.pick([8, 7]))),
      frame(frameType.pushPromise, flags.endHeaders, streamId, number32(2)),
      frame(frameType.goAway, 0, 0, Buffer.alloc(8)),
      frame(8, 0, random.pick([0, streamId]), number32(random.pick([0, 1, 0x7fffffff]))),
      frame(9, flags.endHeaders, streamId, fields([['x', 'y']])),
      frame(2, 0, streamId, Buffer.from([0, 0, 0, streamId, 16])),
      Buffer.alloc(0),
    ] as const;
    parts.push(random.pick(more));
  }
  return spoil(random, Buffer.concat(parts));
}
