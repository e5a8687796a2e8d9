import { fields, flags, frame, frameType, number32 } from '../relay/way-back/start-raw-http2-upstream.ts';
import { preface } from './http2-oddities.ts';
import type { RawHttp2Plan } from './raw-http2-caller.ts';
import type { SeededRandom } from './seeded-random.ts';

type Way = (target: string, host: string) => Partial<RawHttp2Plan> & Pick<RawHttp2Plan, 'parts'>;

const [priority, windowUpdate, continuation] = [2, 8, 9] as const;
const open: RawHttp2Plan = { parts: [], pauseMs: 0, halfClose: false, deafMs: 0, patienceMs: 300, mustEndMs: null };
const boundMs = 45_000;

function head(id: number, target: string, host: string, bits: number): Buffer {
  const pairs: [string, string][] = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', host],
    [':path', target],
  ];
  return frame(frameType.headers, bits, id, fields(pairs));
}

/** The same frames over and over, in writes of some hundred. */
function many(count: number, one: (index: number) => Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < count; at += 250) {
    parts.push(Buffer.concat(Array.from({ length: Math.min(250, count - at) }, (_, index) => one(at + index))));
  }
  return parts;
}

const whole = flags.endHeaders | flags.endStream;
const none = Buffer.alloc(0);

/** Frames that cost the receiver more than the sender (CVE-2019-9511 to 9518, CVE-2023-44487, CVE-2024-27983). */
const ways: readonly [readonly [string, Way], ...(readonly [string, Way])[]] = [
  ['PING', () => ({ parts: many(5000, () => frame(frameType.ping, 0, 0, Buffer.alloc(8))), deafMs: 300 })],
  ['SETTINGS', () => ({ parts: many(5000, () => frame(frameType.settings, 0, 0)), deafMs: 300 })],
  [
    'empty DATA',
    (target, host) => ({
      parts: [head(1, target, host, flags.endHeaders), ...many(5000, () => frame(frameType.data, 0, 1))],
    }),
  ],
  [
    'empty CONTINUATION',
    (target, host) => ({ parts: [head(1, target, host, 0), ...many(5000, () => frame(continuation, 0, 1))] }),
  ],
  [
    'CONTINUATION with fields',
    (target, host) => ({
      parts: [
        head(1, target, host, 0),
        ...many(2000, () => frame(continuation, 0, 1, fields([['x', 'y'.repeat(100)]]))),
      ],
    }),
  ],
  [
    'HEADERS and RST_STREAM',
    (target, host) => ({
      parts: many(1000, (index) => {
        const id = index * 2 + 1;
        return Buffer.concat([head(id, target, host, whole), frame(frameType.resetStream, 0, id, number32(8))]);
      }),
    }),
  ],
  ['WINDOW_UPDATE', () => ({ parts: many(5000, () => frame(windowUpdate, 0, 0, number32(1))) })],
  [
    'PRIORITY',
    () => ({ parts: many(5000, (index) => frame(priority, 0, index * 2 + 1, Buffer.from([0, 0, 0, 0, 1]))) }),
  ],
  ['unknown frames', () => ({ parts: many(5000, () => frame(0x77, 0, 0, Buffer.alloc(20))) })],
  [
    'HPACK bomb',
    (target, host) => {
      const name = Buffer.concat([
        Buffer.from([0x40, 1]),
        Buffer.from('x'),
        Buffer.from([0x7f, 0xa1, 0x1e]),
        Buffer.alloc(4000, 'y'),
      ]);
      const block = Buffer.concat([name, Buffer.alloc(10_000, 0xbe)]);
      return {
        parts: [
          head(1, target, host, flags.endStream),
          frame(continuation, flags.endHeaders, 1, block.subarray(0, 16_384)),
        ],
      };
    },
  ],
  [
    'a window of nothing',
    (target, host) => ({
      parts: [
        frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])),
        ...[1, 3, 5, 7].map((id) => head(id, target, host, whole)),
      ],
      patienceMs: 1500,
    }),
  ],
  [
    'a window by the byte',
    (target, host) => ({
      parts: [
        frame(frameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 1])),
        head(1, target, host, whole),
        ...many(1000, () => frame(windowUpdate, 0, 1, number32(1))),
      ],
    }),
  ],
  [
    'streams without end',
    (target, host) => ({ parts: many(1000, (index) => head(index * 2 + 1, target, host, flags.endHeaders)) }),
  ],
  ['nothing behind the preface', () => ({ parts: [none], mustEndMs: boundMs })],
  [
    'half a block of fields',
    (target, host) => ({ parts: [head(1, target, host, 0).subarray(0, 30)], mustEndMs: boundMs }),
  ],
  ['a block of fields without its end', (target, host) => ({ parts: [head(1, target, host, 0)], mustEndMs: boundMs })],
  [
    'a body that doesn’t come',
    (target, host) => ({ parts: [head(1, target, host, flags.endHeaders)], mustEndMs: boundMs }),
  ],
  [
    'the end in a body',
    (target, host) => ({
      parts: [head(1, target, host, flags.endHeaders), frame(frameType.data, 0, 1, Buffer.from('abc'))],
      halfClose: true,
      mustEndMs: boundMs,
    }),
  ],
  [
    'the end behind the request',
    (target, host) => ({ parts: [head(1, target, host, whole)], halfClose: true, patienceMs: 1000 }),
  ],
];

/** A caller of HTTP/2 that floods, stalls or leaves halfway. */
export function http2Flood(random: SeededRandom, target: string, host: string): { name: string; plan: RawHttp2Plan } {
  const [name, way] = random.pick(ways);
  const plan = { ...open, ...way(target, host) };
  return { name, plan: { ...plan, parts: [preface, ...plan.parts] } };
}
