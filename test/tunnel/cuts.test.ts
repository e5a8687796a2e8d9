import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runWithFaults } from './support/cut-runs.ts';
import { answerCalls, wholeOutcome } from './support/four-calls.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 180_000 });

let world: TunnelWorld;

beforeAll(async () => {
  world = await startTunnelWorld({
    answer: answerCalls,
    limits: { max_handshakes_per_second: 10_000, max_tunnels_per_user: 1000 },
  });
});
afterAll(() => world.close());

/** Evenly spread, and never at the same place in both directions. */
function offsets(total: number, count: number): number[] {
  return Array.from({ length: count }, (_none, index) => Math.floor(((index + 0.37) * total) / count));
}

test('a conversation without a fault is whole on one connection', async () => {
  const run = await runWithFaults(world);
  expect(run).toMatchObject({ outcome: wholeOutcome, posts: 1, sockets: 1, connections: 1 });
});

describe.each(['up', 'down'] as const)('when the link breaks on its way %s', (direction) => {
  test.each(['cut', 'end'] as const)('by %s at any byte, nothing is lost and nothing comes twice', async (type) => {
    const { passed } = await runWithFaults(world);
    for (const afterBytes of offsets(passed[direction], 24)) {
      const run = await runWithFaults(world, { direction, afterBytes, type });
      const what = `${type} ${direction} after ${afterBytes} of ${passed[direction]} bytes`;
      expect({ what, ...run.outcome }).toEqual({ what, ...wholeOutcome });
      expect({ what, posts: run.posts, sockets: run.sockets }).toEqual({ what, posts: 1, sockets: 1 });
    }
  });

  test('and breaks again while it is being resumed, nothing is lost and nothing comes twice', async () => {
    const { passed } = await runWithFaults(world);
    const first = { direction, afterBytes: Math.floor(passed[direction] * 0.8), type: 'cut' } as const;
    for (const afterBytes of offsets(4000, 16)) {
      const run = await runWithFaults(world, first, { direction: 'down', afterBytes, type: 'cut' });
      const what = `second cut after ${afterBytes} bytes`;
      expect({ what, ...run.outcome }).toEqual({ what, ...wholeOutcome });
      expect({ what, posts: run.posts, sockets: run.sockets }).toEqual({ what, posts: 1, sockets: 1 });
    }
  });
});
