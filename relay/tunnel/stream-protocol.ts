const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Protocol of a local connection, told from its first bytes; `undecided` needs more of them. */
export type StreamProtocol = 'http1' | 'http2' | 'undecided';

/** Recognises cleartext HTTP/2 with prior knowledge by its connection preface (RFC 9113 §3.4). */
export function detectProtocol(firstBytes: Buffer): StreamProtocol {
  const length = Math.min(firstBytes.length, preface.length);
  if (length === 0) return 'undecided';
  if (preface.compare(firstBytes, 0, length, 0, length) !== 0) return 'http1';
  return length === preface.length ? 'http2' : 'undecided';
}
