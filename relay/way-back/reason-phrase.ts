import { STATUS_CODES } from 'node:http';

/**
 * The reason phrase for the caller (RFC 9112 §4), byte for byte where that is possible: phrases in UTF-8 pass, those in
 * another encoding, and what no status line can hold, give way to the standard one. It says nothing to programs.
 * @param decoded as undici gives it, decoded as UTF-8
 */
export function readReasonPhrase(status: number, decoded: string): string {
  if (/^[\t\x20-\x7e]*$/.test(decoded)) return decoded;
  const bytes = Buffer.from(decoded, 'utf8').toString('latin1');
  const printable = !decoded.includes('\ufffd') && /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes);
  return printable ? bytes : (STATUS_CODES[status] ?? '');
}
