import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { markBroken } from '../../../relay/request/exchange/connection-order.ts';
import type { Exchange } from '../../../relay/request/exchange/exchange.ts';
import { RequestBody } from '../../../relay/way-back/request-body.ts';

/** A request that is being read, and what of it goes to an API. */
function began(): { readonly request: Readable; readonly delivered: Promise<string> } {
  const request = Object.assign(new Readable({ read: () => undefined }), { rawHeaders: [] });
  const exchange = { request, http2: true, requestBytes: 0 } as unknown as Exchange;
  const body = new RequestBody(exchange, {
    maxBytes: Infinity,
    onWanted: () => undefined,
    onTooLarge: () => undefined,
  });
  request.push('abc');
  return { request, delivered: text(body) };
}

it('is whole at the end of the request', async () => {
  const { request, delivered } = began();
  request.push(null);
  expect(await delivered).toBe('abc');
});

it('breaks off where the request ends because it is malformed, however much of it has gone', async () => {
  const { request, delivered } = began();
  markBroken(request);
  request.push(null);
  await expect(delivered).rejects.toThrow('The caller’s body is malformed.');
});
