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
import type { Lie } from './upstream-lies.ts';

interface Writer {
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  write(bytes: Buffer): unknown;
}

const tickMs = 20;
const maxMs = 8000;

/** Writes again and again until the other side has had enough, or the time is over; never more than is taken. */
function goOn(socket: Writer, next: (round: number) => Buffer): void {
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    if (socket.destroyed || round * tickMs > maxMs) clearInterval(timer);
    else if (!socket.writableNeedDrain) socket.write(next(round));
  }, tickMs);
}

const text = (content: string): Buffer => Buffer.from(content, 'latin1');
const ok = 'HTTP/1.1 200 OK\r\n';

/** Slow, stalled and endless answers over HTTP/1.1; none of them is whole. */
const http1: readonly [
  readonly [string, (request: RogueRequest) => void],
  ...(readonly [string, (request: RogueRequest) => void])[],
] = [
  [
    '103 without end',
    ({ socket }) => goOn(socket, () => text('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(200))),
  ],
  [
    'a head without end',
    ({ socket }) => goOn(socket, (round) => text(`${round === 1 ? ok : ''}${'X: y\r\n'.repeat(200)}`)),
  ],
  [
    'a field without end',
    ({ socket }) => goOn(socket, (round) => text(`${round === 1 ? `${ok}X: ` : ''}${'y'.repeat(2000)}`)),
  ],
  ['a head byte by byte', ({ socket }) => goOn(socket, (round) => text(`${ok}X: ${'y'.repeat(10_000)}`.charAt(round)))],
  ['a body without end', ({ socket }) => goOn(socket, (round) => text(round === 1 ? `${ok}\r\n` : 'x'.repeat(20_000)))],
  [
    'chunks without end',
    ({ socket }) =>
      goOn(socket, (round) => text(round === 1 ? `${ok}Transfer-Encoding: chunked\r\n\r\n` : '1\r\nx\r\n'.repeat(500))),
  ],
  [
    'an extension without end',
    ({ socket }) =>
      goOn(socket, (round) => text(round === 1 ? `${ok}Transfer-Encoding: chunked\r\n\r\n1;` : 'x'.repeat(1000))),
  ],
  [
    'trailers without end',
    ({ socket }) =>
      goOn(socket, (round) =>
        text(round === 1 ? `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n` : 'X: y\r\n'.repeat(200)),
      ),
  ],
  ['half a status line', ({ socket }) => void socket.write('HTTP/1.1 2')],
  ['half a head', ({ socket }) => void socket.write(`${ok}Content-Length: 4\r\n`)],
  ['half a head, then the end', ({ socket }) => void socket.end(`${ok}Content-Length: 4\r\n`)],
  ['half a body', ({ socket }) => void socket.write(`${ok}Content-Length: 9\r\n\r\nbody`)],
  ['half a chunk', ({ socket }) => void socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nbody`)],
  [
    'an answer without its last chunk',
    ({ socket }) => void socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n`),
  ],
  ['nothing', () => undefined],
];

const many = (one: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => one));
const [priority, windowUpdate, continuation] = [2, 8, 9] as const;

/** Floods and stalls over HTTP/2; none of them is a whole answer. */
const http2: readonly [
  readonly [string, (request: RawHttp2Request) => void],
  ...(readonly [string, (request: RawHttp2Request) => void])[],
] = [
  ['PING', ({ socket }) => goOn(socket, () => many(frame(frameType.ping, 0, 0, Buffer.alloc(8)), 500))],
  ['SETTINGS', ({ socket }) => goOn(socket, () => many(frame(frameType.settings, 0, 0), 500))],
  ['WINDOW_UPDATE', ({ socket }) => goOn(socket, () => many(frame(windowUpdate, 0, 0, number32(1)), 500))],
  [
    'PRIORITY',
    ({ socket, streamId }) => goOn(socket, () => many(frame(priority, 0, streamId, Buffer.from([0, 0, 0, 0, 1])), 500)),
  ],
  ['unknown frames', ({ socket }) => goOn(socket, () => many(frame(0x77, 0, 0, Buffer.alloc(20)), 500))],
  [
    '103',
    (request) =>
      goOn(request.socket, () =>
        many(frame(frameType.headers, flags.endHeaders, request.streamId, fields([[':status', '103']])), 100),
      ),
  ],
  [
    'empty DATA',
    (request) => (
      request.head('200'),
      goOn(request.socket, () => many(frame(frameType.data, 0, request.streamId), 500))
    ),
  ],
  [
    'empty CONTINUATION',
    ({ socket, streamId }) =>
      goOn(socket, (round) =>
        round === 1 ? frame(frameType.headers, 0, streamId) : many(frame(continuation, 0, streamId), 500),
      ),
  ],
  [
    'CONTINUATION with fields',
    ({ socket, streamId }) =>
      goOn(socket, (round) =>
        round === 1
          ? frame(frameType.headers, 0, streamId)
          : many(frame(continuation, 0, streamId, fields([['x', 'y'.repeat(100)]])), 50),
      ),
  ],
  [
    'DATA beyond the window',
    (request) => (
      request.head('200'),
      goOn(request.socket, () => many(frame(frameType.data, 0, request.streamId, Buffer.alloc(16_000)), 40))
    ),
  ],
  [
    'a window of nothing',
    (request) => (
      request.socket.write(frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]))),
      request.head('200')
    ),
  ],
  ['a head alone', (request) => request.head('200')],
  ['half a body', (request) => (request.head('200'), request.data('body'))],
  [
    'half a frame',
    ({ socket, streamId }) => void socket.write(frame(frameType.data, 0, streamId, Buffer.alloc(100)).subarray(0, 20)),
  ],
  [
    'a head without END_HEADERS',
    ({ socket, streamId }) => void socket.write(frame(frameType.headers, 0, streamId, fields([[':status', '200']]))),
  ],
  [
    'SETTINGS that allow no stream',
    ({ socket }) => void socket.write(frame(frameType.settings, 0, 0, Buffer.from([0, 3, 0, 0, 0, 0]))),
  ],
  ['nothing', () => undefined],
];

/** Answers slowly, without end, or not to the end. */
export function floodOverHttp1(random: SeededRandom, request: RogueRequest): Lie {
  const [name, act] = random.pick(http1);
  act(request);
  return { name, whole: false };
}

export function floodOverHttp2(random: SeededRandom, request: RawHttp2Request): Lie {
  const [name, act] = random.pick(http2);
  act(request);
  return { name: `HTTP/2 ${name}`, whole: false };
}
