import { AccessError } from '../../shared/errors.ts';
import { type LocalRewrite, rewriteForLocal } from './local-rewrite.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * An upstream's raw headers for the caller: names and values in turn, without hop-by-hop headers and those that
 * Connection names (RFC 9110 §7.6.1), and rewritten for the local address where the API's config asks for it.
 * @throws AccessError `upstream-protocol` when a value holds a line break or NUL
 */
export function readResponseHeaders(raw: readonly (Buffer | string)[], rewrite?: LocalRewrite): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = text(raw[index]);
    const value = text(raw[index + 1]);
    const lower = name.toLowerCase();
    if (lower === 'connection') {
      named ??= new Set();
      for (const token of value.split(',')) named.add(token.trim().toLowerCase());
    }
    if (hopByHop.has(lower)) continue;
    if (/[\r\n\0]/.test(value)) {
      throw new AccessError('upstream-protocol', `The API’s answer has a line break inside the header ${name}.`);
    }
    headers.push(name, rewrite === undefined ? value : rewriteForLocal(lower, value, rewrite));
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

function text(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}
