import type { Evidence, WantedRequest } from './evidence.ts';
import { targetOf } from './honest-exchanges.ts';
import type { CallerPlan, Step } from './http1-caller.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How a caller is slow, or leaves halfway, and what has to become of its request. */
export interface SlowCall {
  readonly name: string;
  readonly promise: Evidence['promise'];
  readonly wanted: readonly WantedRequest[];
  readonly plan: CallerPlan;
}

const write = (text: string | Buffer): Step => ({
  type: 'write',
  bytes: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
});
const pause = (ms: number): Step => ({ type: 'wait', ms });
/** The other side has to end it: nobody leaves before. */
const staysMs = 100_000;
const boundMs = 45_000;

function drip(text: Buffer, pauseMs: number): Step[] {
  return [...text].flatMap((byte) => [write(Buffer.from([byte])), pause(pauseMs)]);
}

function stays(steps: readonly Step[], answers = 1): CallerPlan {
  return { steps, methods: ['POST'], answers, patienceMs: staysMs, boundMs };
}

type Way = (random: SeededRandom, target: string, host: string) => Omit<SlowCall, 'name'>;

const post = (target: string, host: string, more = 'Content-Length: 10'): string =>
  `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n\r\n`;

const ways: readonly [readonly [string, Way], ...(readonly [string, Way])[]] = [
  ['nothing is sent', () => ({ promise: 'refused', wanted: [], plan: stays([]) })],
  [
    'a head without end, byte by byte',
    (_random, target, host) => {
      const head = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX: ${'y'.repeat(200)}`);
      return { promise: 'refused', wanted: [], plan: stays(drip(head, 60)) };
    },
  ],
  [
    'part of a head, then silence or the end',
    (random, target, host) => {
      const head = post(target, host);
      const part = head.slice(0, 1 + random.number(head.length - 2));
      const steps: Step[] = random.oneIn(2) ? [write(part)] : [write(part), { type: 'half-close' }];
      return { promise: 'refused', wanted: [], plan: stays(steps) };
    },
  ],
  [
    'the beginning of HTTP/2’s preface, then silence',
    (random) => ({
      promise: 'refused',
      wanted: [],
      plan: stays([write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'.slice(0, 1 + random.number(23)))]),
    }),
  ],
  [
    'half a body, then silence',
    (random, target, host) => {
      const chunked = random.oneIn(2);
      const text = chunked ? `${post(target, host, 'Transfer-Encoding: chunked')}5\r\nabc` : `${post(target, host)}abc`;
      return { promise: 'cut', wanted: [], plan: stays([write(text)]) };
    },
  ],
  [
    'half a body, then the end',
    (random, target, host) => {
      const chunked = random.oneIn(2);
      const text = chunked
        ? `${post(target, host, 'Transfer-Encoding: chunked')}3\r\nabc\r\n`
        : `${post(target, host)}abc`;
      return {
        promise: 'cut',
        wanted: [],
        plan: stays([write(text), pause(random.pick([0, 50])), { type: 'half-close' }]),
      };
    },
  ],
  [
    'half a body, then a reset',
    (random, target, host) => ({
      promise: 'cut',
      wanted: [],
      plan: stays([write(`${post(target, host)}abc`), pause(random.pick([0, 5, 50])), { type: 'reset' }]),
    }),
  ],
  [
    'a slow body',
    (random, target, host) => {
      const body = random.bytes(30);
      const wanted = [{ method: 'POST', target, headers: [], body }];
      return {
        promise: 'exact',
        wanted,
        plan: stays([write(post(target, host, 'Content-Length: 30')), ...drip(body, 20)]),
      };
    },
  ],
  [
    'an answer that is read late',
    (random, target, host) => {
      const wanted = [{ method: 'GET', target, headers: [], body: Buffer.alloc(0) }];
      const steps: Step[] = [
        { type: 'stop-reading' },
        write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
        pause(random.pick([300, 1200])),
        { type: 'read-on' },
      ];
      return { promise: 'exact', wanted, plan: { ...stays(steps), methods: ['GET'] } };
    },
  ],
  [
    'answers that nobody reads',
    (random, target, host) => {
      const gets = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(random.pick([1, 20, 50]));
      const end: Step = random.oneIn(2) ? { type: 'reset' } : { type: 'half-close' };
      const steps: Step[] = [{ type: 'stop-reading' }, write(gets), pause(500), end];
      return { promise: 'any', wanted: [], plan: { ...stays(steps, 0), methods: [] } };
    },
  ],
  [
    'a caller that leaves behind its request',
    (random, target, host) => {
      const steps: Step[] = [
        write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
        pause(random.pick([0, 1, 5])),
        { type: 'reset' },
      ];
      return { promise: 'any', wanted: [], plan: { ...stays(steps), methods: ['GET'] } };
    },
  ],
  [
    'empty lines without end',
    (_random, _target, _host) => ({
      promise: 'any',
      wanted: [],
      plan: { ...stays([write('\r\n'.repeat(200_000))]), patienceMs: 300 },
    }),
  ],
  [
    'a head without end, all at once',
    (_random, target, host) => ({
      promise: 'refused',
      wanted: [],
      plan: stays([write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${'X: y\r\n'.repeat(100_000)}`)]),
    }),
  ],
];

/** A caller of HTTP/1.1 that takes its time. */
export function slowCall(random: SeededRandom, number: number, host: string): SlowCall {
  const [name, way] = random.pick(ways);
  return { name, ...way(random, targetOf(number, 0), host) };
}
