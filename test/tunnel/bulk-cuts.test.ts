import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 180_000 });

const size = 6_000_000;
const content = randomBytes(size);
const contentHash = createHash('sha256').update(content).digest('hex');
let world: TunnelWorld;
let link: FaultyLink;
let client: LinkedClient;

beforeAll(async () => {
  world = await startTunnelWorld({
    limits: { max_handshakes_per_second: 10_000 },
    answer: ({ url, response }) => {
      if (url.pathname !== '/download') return false;
      response.end(content);
      return true;
    },
  });
  link = await startFaultyLink(world.relayPort);
  client = await startLinkedClient(world, { relayPort: link.port });
});
afterAll(async () => {
  await client.close();
  await link.close();
  await world.close();
});

/** Breaks the link now, and the next ones after so many bytes in either direction. */
function breakAgainAndAgain(): void {
  const faults = Array.from({ length: 12 }, (_none, index) => ({
    direction: index % 2 === 0 ? ('up' as const) : ('down' as const),
    afterBytes: 5000 + index * 77_777,
    type: 'cut' as const,
  }));
  link.plan(...faults);
  link.breakAll('cut');
}

test('large uploads and downloads at once arrive whole, however often the link breaks', async () => {
  await client.waitForState('open');
  const download = async (): Promise<string> => {
    const sent = request(`${client.url}/download`, { agent: false });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const hash = createHash('sha256');
    for await (const chunk of response as AsyncIterable<Buffer>) hash.update(chunk);
    return response.complete ? hash.digest('hex') : 'cut';
  };
  const upload = async (): Promise<string> => {
    const sent = request(`${client.url}/upload`, { method: 'POST', agent: false });
    sent.end(content);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return (JSON.parse(Buffer.concat(chunks).toString()) as { body: { sha256: string } }).body.sha256;
  };
  breakAgainAndAgain();
  const hashes = await Promise.all([download(), upload(), download(), upload()]);
  expect(hashes).toEqual([contentHash, contentHash, contentHash, contentHash]);
  expect(link.connections).toBeGreaterThan(6);
  expect(world.echo.requests.filter(({ method }) => method === 'POST').length).toBe(2);
});
