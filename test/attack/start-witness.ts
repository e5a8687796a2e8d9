import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { RogueRequest } from '../relay/pipeline/start-rogue-upstream.ts';
import type { SeenBody, Sighting } from './evidence.ts';
import type { PlannedAnswer } from './honest-exchanges.ts';
import { type Http1Message, Http1Reader, valuesOf } from './http1-reader.ts';
import { listenAsWitness } from './listen-as-witness.ts';

/** An upstream that notes all it gets, and answers as it is told. */
export interface Witness {
  readonly url: string;
  /** Ends all connections that are open now. */
  dropConnections(): void;
  close(): Promise<void>;
}

/** What becomes of a request that an upstream has seen: an honest answer, or what a lie does with its connection. */
export interface WitnessEvents {
  readonly api: string;
  readonly seen: (request: Omit<Sighting, 'body' | 'answered' | 'recorded'>) => Sighting;
  /** Null for a lie. */
  readonly answer: (sighting: Sighting) => PlannedAnswer | null;
  readonly lie: (sighting: Sighting, request: RogueRequest) => void;
  /** What came isn't HTTP as it may go to an upstream. */
  readonly broken: (why: string) => void;
}

/** An HTTP/1.1 upstream with a parser of its own, which lets nothing ambiguous pass. */
export async function startWitness(events: WitnessEvents): Promise<Witness> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    let current: Sighting | null = null;
    let answering: Promise<void> = Promise.resolve();
    const reader = new Http1Reader('requests', {
      head: (message) => {
        const sighting = sightingOf(events, message);
        current = sighting;
        const answer = events.answer(sighting);
        const head = `${message.startLine}\r\n\r\n`;
        const [expects = ''] = valuesOf(message.headers, 'expect');
        if (answer !== null && expects.toLowerCase() === '100-continue') socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        if (answer === null) events.lie(sighting, { socket, head, connection });
      },
      end: (message) => {
        const sighting = current;
        if (sighting === null) return;
        current = null;
        sighting.body = bodyOf(message);
        const answer = message.whole ? events.answer(sighting) : null;
        if (answer !== null) answering = answering.then(() => sendAnswer(socket, sighting, answer));
      },
      broken: events.broken,
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('end', () => {
      reader.finish('end');
      void answering.then(() => socket.end());
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      reader.finish('reset');
      sockets.delete(socket);
    });
  });
  return listenAsWitness(server, sockets);
}

function sightingOf(events: WitnessEvents, { startLine, headers }: Http1Message): Sighting {
  const [method = '', target = ''] = startLine.split(' ');
  const requestId = valuesOf(headers, 'x-causeway-request-id')[0] ?? '';
  return events.seen({ api: events.api, requestId, method, target, headers });
}

function bodyOf({ bytes, sha256, whole }: Http1Message): SeenBody {
  return { bytes, sha256, whole };
}

/** The answer as it must come to the caller; HEAD, 204 and 304 have no body (RFC 9112 §6.3). */
export function told(method: string, answer: PlannedAnswer): NonNullable<Sighting['answered']> {
  const body = method === 'HEAD' ? Buffer.alloc(0) : answer.body;
  const { status, headers, trailers } = answer;
  return {
    status,
    headers,
    trailers,
    bytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    whole: true,
  };
}

/** The body in the parts that it is sent in. */
export function partsOf({ body, parts }: PlannedAnswer): Buffer[] {
  const size = Math.max(1, Math.ceil(body.length / parts));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
    body.subarray(index * size, (index + 1) * size),
  );
}

async function sendAnswer(socket: Socket, sighting: Sighting, answer: PlannedAnswer): Promise<void> {
  sighting.answered = told(sighting.method, answer);
  const { status, headers, framing, trailers } = answer;
  const lines = [`HTTP/1.1 ${status} As Planned`, `X-Seen-Id: ${sighting.requestId}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  const bodiless = sighting.method === 'HEAD' || status === 204 || status === 304;
  if (status !== 204 && status !== 304) {
    lines.push(framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${answer.body.length}`);
  }
  const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </style>; rel=preload\r\n\r\n'.repeat(answer.interim);
  socket.write(Buffer.from(`${interim}${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  if (bodiless) return;
  for (const part of partsOf(answer)) {
    if (answer.pauseMs > 0) await wait(answer.pauseMs);
    if (!socket.writable) return;
    if (framing === 'length') socket.write(part);
    else socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
  }
  if (framing === 'chunked') {
    const lastLines = trailers.length === 0 ? '' : `${trailers[0]}: ${trailers[1]}\r\n`;
    socket.write(`0\r\n${lastLines}\r\n`);
  }
}
