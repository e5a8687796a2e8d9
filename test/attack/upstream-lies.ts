import type { RogueRequest } from '../relay/pipeline/start-rogue-upstream.ts';
import {
  fields,
  flags,
  frame,
  frameType,
  number32,
  type RawHttp2Request,
} from '../relay/way-back/start-raw-http2-upstream.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a lying upstream does with one request; `whole` when the answer that it gives is a whole one. */
export interface Lie {
  readonly name: string;
  readonly whole: boolean;
}

const malformedHeads = [
  'X : y',
  ' X: y',
  'X: a\0b',
  'X: a\rb',
  ': y',
  'no colon',
  'X\x7f: y',
  'Content-Length: 5',
  'Content-Length: 4, 4',
  'Content-Length: +4',
  'Transfer-Encoding: gzip',
  `X: ${'y'.repeat(100_000)}`,
  'X: y\r\n'.repeat(50_000).slice(0, -2),
] as const;
const malformedFraming = [
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 4',
  'Content-Length: 4\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: \x0bchunked',
] as const;
const malformedLines = [
  'HTTP/1.1 99 No',
  'HTTP/1.1 1000 No',
  'HTTP/1.1 OK',
  'HTTP/1.1200 OK',
  'ICY 200 OK',
  '200 OK',
] as const;
const malformedChunks = [
  'FFFFFFFFFFFFFFFF1\r\na\r\n0\r\n\r\n',
  '0x4\r\nbody\r\n0\r\n\r\n',
  '-4\r\nbody\r\n0\r\n\r\n',
  '4\r\nbodyX\r\n0\r\n\r\n',
  '4\r\nbody\r\n0\r\n',
  '4\r\nbody\r\n\r\n',
  '4\r\nbody\r\n0\r\nX : y\r\n\r\n',
  '4\r\nbody\r\n0\r\nX: a\0b\r\n\r\n',
] as const;
const unasked = ['more', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged', '\0'] as const;

type Http1Lie = readonly [bytes: string, then: 'keep' | 'end' | 'reset', whole: boolean];

const http1: readonly [Http1Lie, ...Http1Lie[]] = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 'keep', true],
  ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody', 'end', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody', 'reset', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n', 'end', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nZZ\r\n', 'keep', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n', 'keep', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody', 'end', false],
  ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 'end', false],
  ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 'end', false],
  ['HTTP/1.1 200 \xe4\xf6\xfc\r\nContent-Length: 4\r\n\r\nbody', 'keep', true],
  ['', 'end', false],
  ['', 'reset', false],
  ['SSH-2.0-no HTTP\r\n', 'end', false],
  ...malformedHeads.map((line): Http1Lie => [
    `HTTP/1.1 200 OK\r\n${line}\r\nContent-Length: 4\r\n\r\nbody`,
    'end',
    false,
  ]),
  ...malformedFraming.map((line): Http1Lie => [
    `HTTP/1.1 200 OK\r\n${line}\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
    'end',
    false,
  ]),
  ...malformedLines.map((line): Http1Lie => [`${line}\r\nContent-Length: 4\r\n\r\nbody`, 'end', false]),
  ...malformedChunks.map((text): Http1Lie => [
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`,
    'end',
    false,
  ]),
  // What follows a whole answer is nobody's; the next request on the connection must not get it.
  ...unasked.map((text): Http1Lie => [`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody${text}`, 'keep', true]),
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 'end', true],
  ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody', 'reset', true],
  ['HTTP/1.1 200 OK\r\n\r\nuntil the end', 'end', true],
  ['HTTP/1.1 200 OK\r\n\r\nuntil the end', 'reset', false],
  ['HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nbody', 'end', true],
  ['HTTP/1.0 200 OK\r\n\r\nuntil the end', 'end', true],
  ['HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody', 'keep', true],
  ['HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', 'keep', true],
  [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody',
    'keep',
    true,
  ],
];

/** Answers as an HTTP/1.1 upstream that lies, ends early, or says nothing sensible. */
export function lieOverHttp1(random: SeededRandom, { socket }: RogueRequest): Lie {
  const [bytes, then, whole] = random.pick(http1);
  if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'));
  if (then === 'end') socket.end();
  if (then === 'reset') setImmediate(() => socket.resetAndDestroy());
  return { name: `${JSON.stringify(bytes)} then ${then}`, whole };
}

const http2: readonly [string, (request: RawHttp2Request) => void, boolean][] = [
  ['whole', (request) => (request.head('200'), request.data('body', true)), true],
  ['plain FIN', (request) => (request.head('200'), request.data('body'), request.socket.end()), false],
  ['reset', (request) => (request.head('200'), request.data('body'), request.reset(8)), false],
  ['reset 0', (request) => (request.head('200'), request.data('body'), request.reset(0)), false],
  ['goaway', (request) => (request.head('200'), request.data('body'), request.goAway(), request.socket.end()), false],
  ['fin before the head', (request) => request.socket.end(), false],
  ['reset before the head', (request) => request.reset(0), false],
  ['goaway before the head', (request) => (request.goAway(2), request.socket.end()), false],
  ['length', (request) => (request.head('200', [['content-length', '9']]), request.data('body', true)), false],
  ['data first', (request) => request.data('body', true), false],
  [
    'push, then a bad frame',
    ({ socket, streamId }) => {
      socket.write(frame(frameType.pushPromise, flags.endHeaders, streamId, number32(2)));
      socket.write(frame(frameType.data, 0, 0, Buffer.from('x')));
    },
    false,
  ],
  ['malformed field', (request) => (request.head('200', [['x-a', 'a\r\nb']]), request.data('body', true)), false],
  ['malformed name', (request) => (request.head('200', [['x a', 'b']]), request.data('body', true)), false],
  ['malformed hint', (request) => (request.head('103', [['x-a', '\0']]), request.head('200', [], true)), false],
  [
    'malformed trailers',
    (request) => {
      request.head('200');
      request.data('body');
      const trailers = fields([['x-a', 'a\n']]);
      request.socket.write(frame(frameType.headers, flags.endHeaders | flags.endStream, request.streamId, trailers));
    },
    false,
  ],
  ['silence', () => undefined, false],
];

/** Answers as an HTTP/2 upstream that lies, resets, pushes, goes away or ends early. */
export function lieOverHttp2(random: SeededRandom, request: RawHttp2Request): Lie {
  const [name, act, whole] = http2[random.number(http2.length)] ?? ['silence', () => undefined, false];
  act(request);
  return { name: `HTTP/2 ${name}`, whole };
}
