import { expect, vi } from 'vitest';
import { type DialedWorld, hello, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';

/** For what becomes true once a relay has read what was changed. */
export const patience = { timeout: 30_000, interval: 50 };

const leastRequests = 10;

async function welcomed(world: DialedWorld): Promise<RawTunnel> {
  const tunnel = await openTunnel(world, 'alice');
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  return tunnel;
}

/**
 * Requests through one tunnel and through new ones, and what else is given, while something is rotated; none may fail.
 * @param world as it is whenever a tunnel is opened
 */
export async function underLoad(
  world: () => DialedWorld,
  others: Readonly<Record<string, () => Promise<number>>>,
  work: () => Promise<void>,
): Promise<void> {
  const tunnel = await welcomed(world());
  let streamId = -1;
  let isOver = false;
  const failures: string[] = [];
  let count = 0;
  const repeat = async (what: string, ask: () => Promise<number>): Promise<void> => {
    while (!isOver) {
      const status = await ask().catch((error: unknown) => String(error));
      count += 1;
      if (status !== 200) failures.push(`${what}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const loads = [
    repeat('an open tunnel', () => tunnel.request((streamId += 2))),
    repeat('a new tunnel', async () => {
      const fresh = await welcomed(world());
      const status = await fresh.request(1);
      await fresh.close();
      return status;
    }),
    ...Object.entries(others).map(([what, ask]) => repeat(what, ask)),
  ];
  try {
    await work();
    await vi.waitFor(() => expect(count).toBeGreaterThan(leastRequests), patience);
  } finally {
    isOver = true;
    await Promise.all(loads);
  }
  expect(failures).toEqual([]);
}
