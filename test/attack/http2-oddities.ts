import { fields, flags, frame, frameType, number32 } from '../relay/way-back/start-raw-http2-upstream.ts';
import type { Evidence } from './evidence.ts';
import { spoil } from './http1-oddities.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Frames that a caller sends, and what must not become of its requests. */
export interface FrameOddity {
  readonly bytes: Buffer;
  readonly promise: Evidence['promise'];
}

type Pair = readonly [string, string];

export const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(frameType.settings, 0, 0),
]);
const [priority, windowUpdate, continuation] = [2, 8, 9] as const;
const whole = flags.endHeaders | flags.endStream;

/** Malformed fields (RFC 9113 §8.2, §8.3), each in a request that is otherwise fine. */
const fieldsRefused: readonly [readonly Pair[], ...(readonly Pair[])[]] = [
  [['Upper', 'case']],
  [['x', 'a\r\nb: c']],
  [['x', 'a\rb']],
  [['x', 'a\nb']],
  [['x', 'a\0b']],
  [['x', ' a']],
  [['x', 'a\t']],
  [['x y', 'a']],
  [['x:y', 'a']],
  [['x\r\n', 'a']],
  [['x\x7f', 'a']],
  [['\xe4', 'a']],
  [['', 'no name']],
  [['connection', 'close']],
  [['keep-alive', '1']],
  [['proxy-connection', 'close']],
  [['transfer-encoding', 'chunked']],
  [['upgrade', 'h2c']],
  [['te', 'gzip']],
  [
    ['content-length', '3'],
    ['content-length', '4'],
  ],
  [['content-length', '+3']],
  [['content-length', 'x']],
  [[':path', '/secret/1']],
  [[':method', 'DELETE']],
  [[':authority', 'elsewhere.example']],
  [[':status', '200']],
  [[':unknown', 'x']],
  [
    ['x', 'y'],
    [':scheme', 'http'],
  ],
  [['host', 'elsewhere.example']],
  [['expect', '200-ok']],
];

/** Changes to the pseudo-header fields that no request may have. */
const pseudoRefused: readonly [
  (target: string, host: string) => readonly Pair[],
  ...((target: string, host: string) => readonly Pair[])[],
] = [
  (target, host) => [
    [':scheme', 'http'],
    [':authority', host],
    [':path', target],
  ],
  (_target, host) => [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', host],
  ],
  (target, host) => [
    [':method', 'GET'],
    [':authority', host],
    [':path', target],
  ],
  (target) => [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', target],
  ],
  (target, host) => head('CONNECT', target, host),
  (target, host) => head('TRACE', target, host),
  (target, host) => head('GE T', target, host),
  (target, host) => head('GET / HTTP/1.1\r\nX: y', target, host),
  (_target, host) => head('GET', '', host),
  (_target, host) => head('GET', '*', host),
  (target, host) => head('GET', target.slice(1), host),
  (target, host) => head('GET', `${target} HTTP/1.1\r\nX: y`, host),
  (target, host) => head('GET', `${target}\0`, host),
  (target, host) => head('GET', `http://elsewhere.example${target}`, host),
  (target, host) => head('GET', `${target}/../../../secret/1`, host),
  (target) => head('GET', target, 'elsewhere.example'),
  (target, host) => head('GET', target, `user@${host}`),
  (target, host) => head('GET', target, `${host}\r\n`),
  (target, host) => head('GET', target.replace('/case/', '/secret/'), host),
];

function head(method: string, target: string, host: string): Pair[] {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':authority', host],
    [':path', target],
  ];
}

/** Frames in the wrong place, of the wrong size, or with the wrong contents (RFC 9113 §4 to §6), on a stream or beside it. */
const frames: readonly [
  (id: number, random: SeededRandom) => Buffer,
  ...((id: number, random: SeededRandom) => Buffer)[],
] = [
  () => frame(frameType.data, 0, 0, Buffer.from('x')),
  (id) => frame(frameType.data, 1, id + 100, Buffer.from('x')),
  (id) => frame(frameType.data, 8, id, Buffer.from([200, 1, 2])),
  (id) => frame(frameType.resetStream, 0, id, number32(8)),
  (id) => frame(frameType.resetStream, 0, id, Buffer.alloc(3)),
  (id) => frame(frameType.resetStream, 0, id + 100, number32(8)),
  () => frame(frameType.settings, 0, 1),
  () => frame(frameType.settings, 0, 0, Buffer.alloc(5)),
  () => frame(frameType.settings, flags.ack, 0, Buffer.alloc(6)),
  () => frame(frameType.settings, flags.ack, 0),
  () => frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff])),
  () => frame(frameType.settings, 0, 0, Buffer.from([0, 5, 0, 0, 0, 1])),
  () => frame(frameType.settings, 0, 0, Buffer.from([0, 1, 0xff, 0xff, 0xff, 0xff])),
  () => frame(frameType.settings, 0, 0, Buffer.from([0, 2, 0, 0, 0, 7])),
  (id) => frame(frameType.pushPromise, flags.endHeaders, id, number32(2)),
  () => frame(frameType.ping, 0, 0, Buffer.alloc(7)),
  () => frame(frameType.ping, 0, 1, Buffer.alloc(8)),
  (_id, random) =>
    frame(frameType.goAway, 0, 0, Buffer.concat([number32(random.number(9)), number32(random.number(14))])),
  () => frame(frameType.goAway, 0, 1, Buffer.alloc(8)),
  () => frame(windowUpdate, 0, 0, number32(0)),
  (id) => frame(windowUpdate, 0, id, number32(0)),
  (id) => frame(windowUpdate, 0, id, number32(0x7fffffff)),
  () => frame(windowUpdate, 0, 0, number32(0x7fffffff)),
  (id) => frame(continuation, flags.endHeaders, id, fields([['x', 'y']])),
  (id) => frame(priority, 0, id, Buffer.concat([number32(id), Buffer.from([1])])),
  (id) => frame(priority, 0, id, Buffer.alloc(4)),
  (id) => frame(frameType.headers, whole, id + 1, fields(head('GET', '/x', 'x'))),
  (id) => frame(frameType.headers, whole, id, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])),
  (id) => frame(frameType.headers, whole, id, Buffer.from([0xbf])),
  (id) => frame(frameType.headers, whole, id, Buffer.from([0x3f, 0xff, 0xff, 0xff, 0x0f])),
  (id) => frame(frameType.headers, whole, id, Buffer.from([0x00, 0x81, 0xff, 0x01, 0x61])),
  (id) => frame(frameType.headers, flags.endHeaders | 8, id, Buffer.from([255])),
  (id) =>
    Buffer.concat([
      frame(frameType.headers, 0, id, fields([['x', 'y']])),
      frame(frameType.ping, 0, 0, Buffer.alloc(8)),
    ]),
  () => frame(0x77, 0xff, 3, Buffer.from('unknown')),
  () => frame(frameType.data, 0, 1, Buffer.alloc(16_385)),
  (_id, random) => random.bytes(9 + random.number(40)),
];

type Generator = (random: SeededRandom, target: string, host: string) => FrameOddity;

const request = (id: number, pairs: readonly Pair[], bits: number): Buffer =>
  frame(frameType.headers, bits, id, fields(pairs));

const generators: readonly [Generator, ...Generator[]] = [
  (random, target, host) => {
    const pairs = [...head(random.pick(['GET', 'POST']), target, host), ...random.pick(fieldsRefused)];
    return { promise: 'refused', bytes: request(1, pairs, whole) };
  },
  (random, target, host) => ({
    promise: 'refused',
    bytes: request(1, random.pick(pseudoRefused)(target, host), whole),
  }),
  (random, target, host) => {
    const length = random.pick(['2', '4', '99999']);
    const pairs: Pair[] = [...head('POST', target, host), ['content-length', length]];
    return {
      promise: 'cut',
      bytes: Buffer.concat([
        request(1, pairs, flags.endHeaders),
        frame(frameType.data, flags.endStream, 1, Buffer.from('abc')),
      ]),
    };
  },
  (random, target, host) => {
    const trailers = random.pick([
      fields([[':path', '/x']]),
      fields([['x', 'a\r\nb']]),
      fields([['\xe4', 'a']]),
      fields([['Upper', 'case']]),
      fields([['transfer-encoding', 'chunked']]),
    ]);
    return {
      promise: 'cut',
      bytes: Buffer.concat([
        request(1, head('POST', target, host), flags.endHeaders),
        frame(frameType.data, 0, 1, Buffer.from('abc')),
        frame(frameType.headers, whole, 1, trailers),
      ]),
    };
  },
  (random, target, host) => {
    const parts: Buffer[] = [];
    for (let id = 1; id <= 9; id += 2) {
      if (random.oneIn(3)) parts.push(random.pick(frames)(id, random));
      const ends = random.oneIn(2);
      parts.push(
        request(
          id,
          head(random.pick(['GET', 'POST', 'PUT']), `${target}/${id}`, host),
          ends ? whole : flags.endHeaders,
        ),
      );
      if (random.oneIn(3)) parts.push(random.pick(frames)(id, random));
      if (!ends) parts.push(frame(frameType.data, random.number(2), id, Buffer.from('body')));
    }
    return { promise: 'any', bytes: Buffer.concat(parts) };
  },
  (random, target, host) => {
    const block = fields([...head('GET', target, host), ['x', 'y'.repeat(100)]]);
    const parts: Buffer[] = [frame(frameType.headers, flags.endStream, 1, block.subarray(0, 3))];
    for (let at = 3; at < block.length; at += 7) {
      const last = at + 7 >= block.length;
      parts.push(
        frame(continuation, last ? flags.endHeaders : 0, random.oneIn(40) ? 3 : 1, block.subarray(at, at + 7)),
      );
    }
    return { promise: 'any', bytes: Buffer.concat(parts) };
  },
];

/** What an HTTP/2 caller says behind its preface; at times no more than a part of it, or with bytes turned over. */
export function http2Oddity(random: SeededRandom, target: string, host: string): FrameOddity {
  const { bytes, promise } = random.pick(generators)(random, target, host);
  const all = Buffer.concat([preface, bytes]);
  return random.oneIn(4) ? { bytes: spoil(random, all), promise: 'any' } : { bytes: all, promise };
}
