import { createHash } from 'node:crypto';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import type { Evidence, SeenAnswer, WantedRequest } from './evidence.ts';

export interface Http2Plan {
  /** Parts that bodies are sent in, and the pause between them. */
  readonly parts: number;
  readonly pauseMs: number;
  readonly boundMs: number;
}

/** Makes well-formed requests over one HTTP/2 connection, all at once. */
export async function callOverHttp2(
  port: number,
  requests: readonly WantedRequest[],
  plan: Http2Plan,
  evidence: Evidence,
): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  try {
    const answers = await Promise.all(requests.map((request) => callOnce(session, port, request, plan, evidence)));
    for (const answer of answers) if (answer !== null) evidence.answers.push(answer);
  } finally {
    session.destroy();
  }
}

async function callOnce(
  session: ClientHttp2Session,
  port: number,
  request: WantedRequest,
  plan: Http2Plan,
  evidence: Evidence,
): Promise<SeenAnswer | null> {
  const { method, target, headers, body } = request;
  const lower = headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
  const pseudo = [':method', method, ':scheme', 'http', ':authority', `127.0.0.1:${port}`, ':path', target];
  const length = body.length > 0 && plan.parts === 1 ? ['content-length', String(body.length)] : [];
  const stream = session.request([...pseudo, ...lower, ...length], { endStream: body.length === 0 });
  const ended = readAnswer(stream);
  void sendBody(stream, body, plan);
  const timer = new AbortController();
  const late = wait(plan.boundMs, 'late' as const, { signal: timer.signal }).catch(() => null);
  const answer = await Promise.race([ended, late]);
  timer.abort();
  if (answer === null && evidence.promise === 'exact')
    evidence.complaints.push(`${method} ${target}: the stream ended without answer (${stream.rstCode})`);
  if (answer !== 'late') return answer;
  evidence.complaints.push(`${method} ${target}: neither answer nor end within ${plan.boundMs} ms`);
  stream.close(constants.NGHTTP2_CANCEL);
  return null;
}

async function sendBody(stream: ClientHttp2Stream, body: Buffer, { parts, pauseMs }: Http2Plan): Promise<void> {
  if (body.length === 0) return;
  const size = Math.max(1, Math.ceil(body.length / parts));
  for (let at = 0; at < body.length; at += size) {
    if (stream.destroyed) return;
    stream.write(body.subarray(at, at + size));
    if (pauseMs > 0) await wait(pauseMs);
  }
  stream.end();
}

function readAnswer(stream: ClientHttp2Stream): Promise<SeenAnswer | null> {
  return new Promise((resolve) => {
    const hash = createHash('sha256');
    let [status, bytes, ended, beginning] = [0, 0, false, ''];
    let [headers, trailers]: (readonly string[])[] = [[], []];
    stream.on('response', (fields, _flags, raw: string[]) => {
      status = Number(fields[':status']);
      headers = raw;
    });
    stream.on('trailers', (_fields, _flags, raw: string[]) => (trailers = raw));
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (bytes === 0) beginning = chunk.toString('latin1', 0, 500);
      bytes += chunk.length;
    });
    stream.on('end', () => (ended = true));
    stream.on('error', () => (ended = false));
    stream.once('close', () => {
      if (status === 0) {
        resolve(null);
        return;
      }
      const value = (name: string): string => {
        const at = (headers ?? []).indexOf(name);
        return at < 0 ? '' : ((headers ?? [])[at + 1] ?? '');
      };
      const problem = value('content-type').startsWith('application/problem+json');
      resolve({
        status,
        headers: headers ?? [],
        trailers: trailers ?? [],
        bytes,
        sha256: hash.digest('hex'),
        whole: ended && stream.rstCode === 0,
        requestId: value('x-causeway-request-id') || value('x-seen-id'),
        problem,
        beginning,
      });
    });
  });
}
