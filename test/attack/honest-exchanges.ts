import type { WantedRequest } from './evidence.ts';
import { randomOfCase, type SeededRandom } from './seeded-random.ts';

/** What an honest upstream answers, and how. */
export interface PlannedAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  readonly framing: 'length' | 'chunked';
  /** Parts that the body is sent in, with a pause between them. */
  readonly parts: number;
  readonly pauseMs: number;
  /** Answers before the answer. */
  readonly interim: number;
}

const methods = [
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'REPORT',
  'QUERY',
] as const;
const endings = ['', '/a-b_c.d~e', '/%C3%A4', '/a%20b', "/@x:y=1,2!$&'()*+", '/%25', '/%22%3C'] as const;
const queries = ['', '', '?', '?a=b&c=%20%2F..%00;d', '?q=%C3%A4', '?x={}|"<>^`\\'] as const;
const values = [
  '',
  'plain',
  'two  spaces\tand a tab',
  '\xe4\xf6\xfc \xff',
  '"quoted, with, commas"',
  ';=:@',
  'x'.repeat(1500),
] as const;
const statuses = [200, 200, 200, 201, 202, 204, 206, 304, 400, 401, 404, 409, 418, 500, 503] as const;

/** A path of this case, told from those of its other requests by `index`. */
export function targetOf(number: number, index: number): string {
  return `/case/${number}/${index}`;
}

/** A well-formed request, all of which must arrive. */
export function honestRequest(random: SeededRandom, number: number, index: number, maxBytes: number): WantedRequest {
  const method = random.pick(methods);
  const target = `${targetOf(number, index)}${random.pick(endings)}${random.pick(queries)}`;
  const headers: string[] = ['X-Case', `${number}-${index}`];
  for (let count = random.number(5); count > 0; count -= 1) headers.push(`X-A${random.number(3)}`, random.pick(values));
  if (random.oneIn(4)) headers.push('Cookie', 'a=1; b=2');
  if (random.oneIn(4)) headers.push('User-Agent', 'attack/1.0 (ordinary)');
  if (random.oneIn(5)) headers.push('Authorization', 'Basic YTpi');
  const carries = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && !random.oneIn(4);
  const length = random.pick([0, 1, 5, 500, 16_384, 65_537, maxBytes]);
  return { method, target, headers, body: carries ? random.bytes(Math.min(length, maxBytes)) : Buffer.alloc(0) };
}

/** The answer that belongs to a target of a case, the same each time. */
export function plannedAnswer(seed: number, number: number, index: number): PlannedAnswer {
  const random = randomOfCase(seed, number, index + 1);
  const status = random.pick(statuses);
  const headers: string[] = ['X-Case', `${number}-${index}`, 'Content-Type', 'application/octet-stream'];
  for (let count = random.number(4); count > 0; count -= 1) headers.push(`X-B${random.number(2)}`, random.pick(values));
  if (random.oneIn(3)) headers.push('Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2, c=3');
  const bodiless = status === 204 || status === 304;
  const body = random.bytes(bodiless ? 0 : random.pick([0, 1, 200, 1000, 16_385, 70_000, 200_000]));
  const framing = random.pick(['length', 'chunked'] as const);
  return {
    status,
    headers,
    body,
    trailers: framing === 'chunked' && !bodiless && random.oneIn(3) ? ['X-Trailer', `${number}-${index}`] : [],
    framing,
    parts: random.pick([1, 1, 2, 5]),
    pauseMs: random.pick([0, 0, 1, 20]),
    interim: random.oneIn(8) ? 1 + random.number(3) : 0,
  };
}

/** A request as HTTP/1.1, with one of the framings that its body may have. */
export function http1Request(
  random: SeededRandom,
  request: WantedRequest,
  host: string,
): { head: Buffer; body: Buffer } {
  const { method, target, headers, body } = request;
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}:${random.pick([' ', '', ' \t'])}${headers[index + 1]}`);
  const chunked = body.length > 0 && random.oneIn(2);
  if (chunked) lines.push('Transfer-Encoding: chunked');
  else if (body.length > 0 || !(method === 'GET' || method === 'HEAD' || method === 'OPTIONS'))
    lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return { head, body: chunked ? chunks(random, body) : body };
}

/** A body in chunks of any size, at times with extensions and trailers (RFC 9112 §7.1). */
function chunks(random: SeededRandom, body: Buffer): Buffer {
  const parts: Buffer[] = [];
  const size = random.pick([1, 7, 1000, 65_536, body.length]);
  const step = Math.max(size, Math.ceil(body.length / 500));
  const extension = random.pick(['', '', ';x', ';x="y;z"']);
  for (let at = 0; at < body.length; at += step) {
    const part = body.subarray(at, at + step);
    parts.push(Buffer.from(`${part.length.toString(16)}${extension}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\n${random.pick(['', 'X-Trailer: a\r\n'])}\r\n`)]);
}
