import type { IncomingMessage } from 'node:http';
import { readAtMost } from '../bytes/read-at-most.ts';
import { samlRefusal } from './saml-refusal.ts';

/** The fields of a posted form of at most `maxBytes`. @throws AccessError `token-rejected` */
export async function readForm(request: IncomingMessage, maxBytes: number): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type)) throw samlRefusal('The message isn’t a form.');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw samlRefusal('The message is too large.');
  const body = await readAtMost(request, maxBytes);
  if (body === null) throw samlRefusal('The message is too large.');
  return new URLSearchParams(body.toString('utf8'));
}
