import type { IncomingMessage } from 'node:http';
import { AccessError } from '../../shared/errors.ts';
import { readAtMost } from '../bytes/read-at-most.ts';

/**
 * Reads a request's JSON of at most `maxBytes`; undefined without a body.
 * @throws AccessError `body-too-large`, or `bad-input` for another type or what isn't JSON
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const body = await readAtMost(request, maxBytes);
  if (body === null) throw new AccessError('body-too-large', `At most ${maxBytes} bytes are allowed.`);
  if (body.length === 0) return undefined;
  // A page in a browser can send other types without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new AccessError('bad-input', 'The body must be application/json.');
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw new AccessError('bad-input', 'The body isn’t JSON.', { cause: error });
  }
}
