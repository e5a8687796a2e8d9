import type { Evidence, WantedRequest } from './evidence.ts';
import { honestRequest, http1Request, targetOf } from './honest-exchanges.ts';
import { callOverHttp1, type Step } from './http1-caller.ts';
import { http1Oddity } from './http1-oddities.ts';
import { callOverHttp2 } from './http2-caller.ts';
import { http2Flood } from './http2-floods.ts';
import { http2Oddity } from './http2-oddities.ts';
import { callWithFrames } from './raw-http2-caller.ts';
import type { SeededRandom } from './seeded-random.ts';
import { slowCall } from './slow-callers.ts';

/** A kind of case: how often it is among all, which API it goes to, and what its caller does. */
export interface Kind {
  readonly name: string;
  readonly share: number;
  readonly apis: readonly [string, ...string[]];
  /** Fills in what is promised of the case, and calls; resolves when the caller is done. */
  run(random: SeededRandom, evidence: Evidence, port: number): Promise<void>;
}

const boundMs = 45_000;
const plain = ['plain1', 'plain2'] as const;
const hostOf = (port: number): string => `127.0.0.1:${port}`;

/** Bytes in writes of their own; single ones where there are few. */
function inWrites(random: SeededRandom, bytes: Buffer): Step[] {
  const way = random.number(4);
  if (way > 1 || bytes.length < 2) return [{ type: 'write', bytes }];
  if (way === 1 && bytes.length < 700) return [...bytes].map((byte) => ({ type: 'write', bytes: Buffer.from([byte]) }));
  const at = 1 + random.number(bytes.length - 1);
  return [
    { type: 'write', bytes: bytes.subarray(0, at) },
    { type: 'wait', ms: random.pick([0, 1, 10]) },
    { type: 'write', bytes: bytes.subarray(at) },
  ];
}

function wantedOf(random: SeededRandom, number: number, count: number): WantedRequest[] {
  const maxBytes = count > 5 ? 500 : 300_000;
  return Array.from({ length: count }, (_, index) => honestRequest(random, number, index, maxBytes));
}

async function ordinaryOverHttp1(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const wanted = wantedOf(random, evidence.number, random.pick([1, 1, 1, 1, 2, 5, 50]));
  evidence.promise = 'exact';
  evidence.wanted = wanted;
  const steps: Step[] = [];
  if (wanted.length === 1 && wanted[0] !== undefined) {
    const { head, body } = http1Request(random, wanted[0], hostOf(port));
    const expects = body.length > 0 && random.oneIn(6);
    if (expects) {
      const withExpect = Buffer.concat([head.subarray(0, -2), Buffer.from('Expect: 100-continue\r\n\r\n')]);
      steps.push({ type: 'write', bytes: withExpect }, { type: 'continue', ms: random.pick([0, 3000]) });
    } else steps.push(...inWrites(random, head));
    if (body.length > 0) steps.push(...inWrites(random, body));
    if (random.oneIn(10)) {
      // Whoever ends its side may be taken for gone, as Node's own server does: an end, but no promise of an answer.
      steps.push({ type: 'half-close' });
      evidence.promise = 'any';
    }
  } else {
    const all = wanted.map((request) => http1Request(random, request, hostOf(port)));
    steps.push(...inWrites(random, Buffer.concat(all.flatMap(({ head, body }) => [head, body]))));
  }
  const methods = wanted.map(({ method }) => method);
  await callOverHttp1(port, { steps, methods, answers: wanted.length, patienceMs: boundMs * 2, boundMs }, evidence);
}

async function ordinaryOverHttp2(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const wanted = wantedOf(random, evidence.number, random.pick([1, 1, 2, 5, 20]));
  evidence.promise = 'exact';
  evidence.wanted = wanted;
  await callOverHttp2(
    port,
    wanted,
    { parts: random.pick([1, 1, 2, 5]), pauseMs: random.pick([0, 0, 5]), boundMs },
    evidence,
  );
}

async function oddOverHttp1(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const { bytes, promise, method } = http1Oddity(random, targetOf(evidence.number, 0), hostOf(port));
  evidence.promise = promise;
  const steps = inWrites(random, bytes);
  if (random.oneIn(4)) steps.push({ type: 'half-close' });
  await callOverHttp1(port, { steps, methods: [method], answers: 10, patienceMs: 300, boundMs }, evidence);
}

async function oddOverHttp2(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const { bytes, promise } = http2Oddity(random, targetOf(evidence.number, 0), hostOf(port));
  evidence.promise = promise;
  const at = 1 + random.number(Math.max(1, bytes.length - 1));
  const parts = random.oneIn(3) ? [bytes.subarray(0, at), bytes.subarray(at)] : [bytes];
  await callWithFrames(
    port,
    {
      parts,
      pauseMs: parts.length > 1 ? 5 : 0,
      halfClose: random.oneIn(6),
      deafMs: 0,
      patienceMs: 400,
      mustEndMs: null,
    },
    evidence,
  );
}

/** An ordinary request, of which the upstream makes what it wants; it has an end in any case. */
async function callALiar(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const target = targetOf(evidence.number, 0);
  const method = random.pick(['GET', 'GET', 'POST']);
  const body = method === 'POST' ? random.bytes(random.pick([1, 1000, 100_000])) : Buffer.alloc(0);
  const request: WantedRequest = { method, target, headers: [], body };
  if (random.oneIn(2)) {
    await callOverHttp2(port, [request], { parts: 1, pauseMs: 0, boundMs }, evidence);
    return;
  }
  const { head, body: framed } = http1Request(random, request, hostOf(port));
  const steps: Step[] = [
    { type: 'write', bytes: head },
    ...(framed.length > 0 ? [{ type: 'write' as const, bytes: framed }] : []),
  ];
  await callOverHttp1(port, { steps, methods: [method], answers: 1, patienceMs: boundMs * 2, boundMs }, evidence);
}

async function slowOverHttp1(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const { name, promise, wanted, plan } = slowCall(random, evidence.number, hostOf(port));
  evidence.lie = name;
  evidence.promise = promise;
  evidence.wanted = wanted;
  await callOverHttp1(port, plan, evidence);
}

async function floodOverHttp2(random: SeededRandom, evidence: Evidence, port: number): Promise<void> {
  const { name, plan } = http2Flood(random, targetOf(evidence.number, 0), hostOf(port));
  evidence.lie = name;
  await callWithFrames(port, plan, evidence);
}

export const kinds: readonly Kind[] = [
  { name: 'ordinary HTTP/1.1', share: 24, apis: plain, run: ordinaryOverHttp1 },
  { name: 'ordinary HTTP/2', share: 14, apis: plain, run: ordinaryOverHttp2 },
  { name: 'odd HTTP/1.1', share: 26, apis: plain, run: oddOverHttp1 },
  { name: 'odd HTTP/2', share: 14, apis: plain, run: oddOverHttp2 },
  { name: 'lies over HTTP/1.1', share: 8, apis: ['lies1'], run: callALiar },
  { name: 'lies over HTTP/2', share: 6, apis: ['lies2'], run: callALiar },
  { name: 'floods from HTTP/1.1 upstreams', share: 2, apis: ['lies1'], run: callALiar },
  { name: 'floods from HTTP/2 upstreams', share: 1, apis: ['lies2'], run: callALiar },
  { name: 'slow HTTP/1.1 callers', share: 4, apis: plain, run: slowOverHttp1 },
  { name: 'floods from HTTP/2 callers', share: 1, apis: plain, run: floodOverHttp2 },
];

/** The kind of a case follows from its first draw. */
export function kindOf(random: SeededRandom): Kind {
  let at = random.number(kinds.reduce((sum, { share }) => sum + share, 0));
  for (const kind of kinds) {
    if (at < kind.share) return kind;
    at -= kind.share;
  }
  throw new Error('No kind of case has a share.');
}
