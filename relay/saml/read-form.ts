import type { IncomingMessage } from 'node:http';
import { samlRefusal } from './saml-refusal.ts';

/** The fields of a posted form of at most `maxBytes`. @throws AccessError `token-rejected` */
export async function readForm(request: IncomingMessage, maxBytes: number): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type)) throw samlRefusal('The message isn’t a form.');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw samlRefusal('The message is too large.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw samlRefusal('The message is too large.');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
