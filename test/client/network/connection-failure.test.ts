import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { connectionFailure } from '../../../client/network/connection-failure.ts';

test('a server that takes the connection and says nothing is one that doesn’t answer in time', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const error = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(50) }).catch(
      (reason: unknown) => reason,
    );
    expect(connectionFailure(error)).toEqual({ kind: 'timeout', words: 'it doesn’t answer in time' });
    expect(connectionFailure(new Error('It failed.', { cause: error }))?.kind).toBe('timeout');
  } finally {
    server.close();
  }
});

test('what isn’t about the connection is left to others', () => {
  expect(connectionFailure(new DOMException('It was stopped.', 'AbortError'))).toBeNull();
  expect(connectionFailure('text')).toBeNull();
});
