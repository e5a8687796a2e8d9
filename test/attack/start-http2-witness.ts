import { createHash } from 'node:crypto';
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sighting } from './evidence.ts';
import type { PlannedAnswer } from './honest-exchanges.ts';
import { listenAsWitness } from './listen-as-witness.ts';
import { partsOf, told, type Witness, type WitnessEvents } from './start-witness.ts';

/** An honest HTTP/2 upstream, for it notes all it gets. */
export async function startHttp2Witness(events: WitnessEvents): Promise<Witness> {
  // What it may hold for slow readers is the relay's to bound, not this server's.
  const server = createServer({
    maxSessionMemory: 1000,
    settings: { initialWindowSize: 262_144, maxConcurrentStreams: 500 },
  });
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, rawHeaders: string[]) => {
    stream.on('error', () => stream.close());
    const sighting = sightingOf(events, rawHeaders);
    const hash = createHash('sha256');
    let bytes = 0;
    let ended = false;
    const settle = (whole: boolean): void => {
      sighting.body ??= { bytes, sha256: hash.copy().digest('hex'), whole };
    };
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    stream.on('end', () => {
      ended = stream.rstCode === 0 && !stream.aborted;
      settle(ended);
      const answer = ended ? events.answer(sighting) : null;
      if (answer !== null) void sendAnswer(stream, sighting, answer);
    });
    stream.once('close', () => settle(false));
  });
  return listenAsWitness(server, sessions);
}

/** A request as its raw header fields say it. */
export function sightingOf(
  { api, seen }: Pick<WitnessEvents, 'api' | 'seen'>,
  rawHeaders: readonly string[],
): Sighting {
  const pseudo: Record<string, string> = {};
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (name.startsWith(':')) pseudo[name] = value;
    else headers.push(name, value);
  }
  const requestId = headers[headers.indexOf('x-causeway-request-id') + 1] ?? '';
  return seen({ api, requestId, method: pseudo[':method'] ?? '', target: pseudo[':path'] ?? '', headers });
}

async function sendAnswer(stream: ServerHttp2Stream, sighting: Sighting, answer: PlannedAnswer): Promise<void> {
  sighting.answered = told(sighting.method, answer);
  const { status, headers, trailers, framing } = answer;
  if (stream.destroyed || stream.headersSent) return;
  for (let count = answer.interim; count > 0; count -= 1)
    stream.additionalHeaders({ ':status': 103, link: '</style>' });
  const lower = headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
  const own =
    framing === 'length' && status !== 204 && status !== 304 ? ['content-length', String(answer.body.length)] : [];
  const all = [':status', String(status), 'x-seen-id', sighting.requestId, ...lower, ...own];
  const bodiless = sighting.method === 'HEAD' || status === 204 || status === 304;
  stream.respond(all, { endStream: bodiless, waitForTrailers: !bodiless && trailers.length > 0 });
  if (bodiless) return;
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': trailers[1] ?? '' }));
  for (const part of partsOf(answer)) {
    if (answer.pauseMs > 0) await wait(answer.pauseMs);
    if (stream.destroyed) return;
    stream.write(part);
  }
  stream.end();
}
