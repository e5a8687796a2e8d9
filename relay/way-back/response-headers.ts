import { AccessError } from '../../shared/errors.ts';
import { isLocal, type LocalRewrite, rewriteForLocal } from './local-rewrite.ts';

const hopByHop = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Names as upstreams write them, with what is to be known of each; the same few come again and again. */
const known = new Map<string, { readonly lower: string; readonly hop: boolean; readonly local: boolean }>();
const maxKnown = 1000;

function judge(name: string): { readonly lower: string; readonly hop: boolean; readonly local: boolean } {
  let judged = known.get(name);
  if (judged === undefined) {
    const lower = name.toLowerCase();
    judged = { lower, hop: hopByHop.has(lower), local: isLocal(lower) };
    if (known.size >= maxKnown) known.clear();
    known.set(name, judged);
  }
  return judged;
}

/** Whether an upstream's raw headers say that it takes nothing more on the connection (RFC 9110 §7.6.1). */
export function saysClose(raw: readonly (Buffer | string)[]): boolean {
  return raw.some(
    (name, index) =>
      index % 2 === 0 &&
      judge(text(name)).lower === 'connection' &&
      text(raw[index + 1])
        .split(',')
        .some((token) => token.trim().toLowerCase() === 'close'),
  );
}

/**
 * An upstream's raw headers for the caller: names and values in turn, without hop-by-hop headers and those that
 * Connection names (RFC 9110 §7.6.1), and rewritten for the local address where the API's config asks for it.
 * @throws AccessError `upstream-protocol` when a value holds a line break or NUL, or the body is coded for the transfer
 */
export function readResponseHeaders(raw: readonly (Buffer | string)[], rewrite?: LocalRewrite): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  let chunked = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = text(raw[index]);
    const { lower, hop, local } = judge(name);
    if (hop) {
      if (lower === 'transfer-encoding') {
        const coding = text(raw[index + 1]).trim();
        // Taken off by nobody, another coding, or the same once more, would go on unsaid (RFC 9112 §6.1).
        if (chunked || coding.toLowerCase() !== 'chunked') {
          throw new AccessError('upstream-protocol', `The API’s answer has a transfer coding other than “chunked”.`);
        }
        chunked = true;
      }
      if (lower !== 'connection') continue;
      for (const token of text(raw[index + 1]).split(',')) {
        const one = token.trim().toLowerCase();
        // Both are about this connection alone; there are no headers of these names to drop.
        if (one === 'close' || one === 'keep-alive') continue;
        named ??= new Set();
        named.add(one);
      }
      continue;
    }
    const value = text(raw[index + 1]);
    if (/[\r\n\0]/.test(value)) {
      throw new AccessError('upstream-protocol', `The API’s answer has a line break inside the header ${name}.`);
    }
    headers.push(name, local && rewrite !== undefined ? rewriteForLocal(lower, value, rewrite) : value);
  }
  if (named === undefined) return headers;
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'content-length' || !named.has(lower)) kept.push(name, headers[index + 1] ?? '');
  }
  return kept;
}

/**
 * A 204 has no body to give the length of (RFC 9110 §8.6); callers of HTTP/2 take one that is given for a fault. The length
 * stands last where a file's name has bytes outside ASCII: behind it, Node takes that name for UTF-8, and changes or refuses it.
 */
export function fitHeaders(status: number, headers: string[]): string[] {
  if (status !== 204 && !namesFileBeyondAscii(headers)) return headers;
  const [lengths, others]: [string[], string[]] = [[], []];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    (name.toLowerCase() === 'content-length' ? lengths : others).push(name, headers[index + 1] ?? '');
  }
  return status === 204 ? others : [...others, ...lengths];
}

const disposition = 'content-disposition';

/** Lengths first: texts in lower case are made for few. */
function namesFileBeyondAscii(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length !== disposition.length || name.toLowerCase() !== disposition) continue;
    if (/[^\0-\x7f]/.test(headers[index + 1] ?? '')) return true;
  }
  return false;
}

/** What a trailer must not say (RFC 9110 §6.5.1), and what HTTP/2 has no place for, so that Node would end the process. */
const notTrailers = new Set([...hopByHop, 'content-length', 'host']);

/** An upstream's trailers for the caller. What can't be one is left out; the answer before it is whole without. */
export function readResponseTrailers(
  trailers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  // Any name may come, `__proto__` too.
  const read = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(trailers)) {
    if (value === undefined || name.startsWith(':') || notTrailers.has(name.toLowerCase())) continue;
    // In one line: HTTP/2 takes some names only once.
    const line = typeof value === 'string' ? value : value.join(', ');
    if (!/[^\t\x20-\x7e\x80-\xff]/.test(line)) read[name] = line;
  }
  return read;
}

function text(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}
