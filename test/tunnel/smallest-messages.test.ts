import { createHash, randomBytes } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 120_000 });

test('the smallest max_message_bytes that the config takes has room for all that a client sends at once', async () => {
  const world = await startTunnelWorld({ limits: { max_message_bytes: 524_288 } });
  onTestFinished(() => world.close());
  const link = await startFaultyLink(world.relayPort);
  onTestFinished(() => link.close());
  const client = await startLinkedClient(world, { relayPort: link.port });
  onTestFinished(() => client.close());
  await client.waitForState('open');

  const content = randomBytes(8_000_000);
  const uploads = Array.from({ length: 3 }, async () => {
    const answer = await fetch(`${client.url}/upload`, { method: 'POST', body: content });
    return ((await answer.json()) as { body: { sha256: string } }).body.sha256;
  });
  const sha256 = createHash('sha256').update(content).digest('hex');
  expect(await Promise.all(uploads)).toEqual([sha256, sha256, sha256]);
  expect(link.connections).toBe(1);
});
