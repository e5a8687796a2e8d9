import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUpstream } from '../../../relay/upstream/connect-upstream.ts';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const pieces = [1, 200, 32_767, 32_768, 65_535, 65_536, 65_537, 200_000, 1_000_000];

describe('answers read into a buffer that all connections share', () => {
  const server = createServer((request, response) => void answer(request.url?.slice(1) ?? '', response));
  const bodies = new Map<string, readonly Buffer[]>();
  let pool: Pool;

  async function answer(hash: string, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'x-hash': hash });
    for (const piece of bodies.get(hash) ?? []) {
      if (!response.write(piece)) await once(response, 'drain');
      if (randomInt(3) === 0) await delay(randomInt(4));
    }
    response.end();
  }

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    pool = new Pool(`http://127.0.0.1:${port}`, { connections: null, pipelining: 1, connect: connectUpstream({}) });
  });
  afterAll(async () => {
    await pool.destroy();
    server.close();
    server.closeAllConnections();
  });

  it('come whole on connections that are used again, small and large in turn, also where the reader is slow', async () => {
    for (let index = 0; index < 60; index += 1) {
      const body = Array.from({ length: randomInt(1, 6) }, () => randomBytes(pieces[randomInt(pieces.length)] ?? 1));
      bodies.set(sha256(Buffer.concat(body)), body);
    }
    const waiting = [...bodies.keys()];
    const ask = async (): Promise<void> => {
      for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
        const { body, headers } = await pool.request({ path: `/${hash}`, method: 'GET' });
        const parts: Buffer[] = [];
        for await (const part of body) {
          parts.push(part as Buffer);
          if (randomInt(20) === 0) await delay(3);
        }
        expect(headers['x-hash']).toBe(hash);
        // Kept until the end: what is read later must not be written over what was read before.
        expect(sha256(Buffer.concat(parts))).toBe(hash);
      }
    };
    await Promise.all(Array.from({ length: 12 }, ask));
  });
});
