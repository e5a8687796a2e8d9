import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions, Figure } from '../figure.ts';
import { closeAll, openCrowd } from './open-crowd.ts';
import { handshakesPerSecond, startScaleWorld } from './start-scale-world.ts';

/** All clients lose the relay at once: how many come back in each second. */
export async function cutTogether({ quick, say }: BenchOptions): Promise<Figure> {
  const count = quick ? 300 : 5000;
  const world = await startScaleWorld();
  const reopenedAtMs: number[] = [];
  const allBack = Promise.withResolvers<void>();
  try {
    const crowd = await openCrowd(world, count, (line) => {
      if (typeof line['reopenedAtMs'] !== 'number') return;
      reopenedAtMs.push(line['reopenedAtMs']);
      if (reopenedAtMs.length === count) allBack.resolve();
    });
    world.relay.signal('SIGKILL');
    await world.relay.stop();
    await world.restart();
    const startMs = Date.now();
    await Promise.race([
      allBack.promise,
      delay(180_000, undefined, { ref: false }).then(() => {
        throw new Error(`Only ${reopenedAtMs.length} of ${count} tunnels came back within 3 minutes`);
      }),
    ]);
    await closeAll(crowd);
    const seconds = new Map<number, number>();
    for (const at of reopenedAtMs) {
      const second = Math.floor((at - startMs) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    const most = Math.max(...seconds.values());
    for (const [second, tunnels] of [...seconds].toSorted(([a], [b]) => a - b)) {
      say(
        `  ${String(second).padStart(4)} s ${String(tunnels).padStart(5)} ${'█'.repeat(Math.ceil((tunnels / most) * 50))}`,
      );
    }
    say(`  most in one second: ${most}, configured: ${handshakesPerSecond}`);
    return { bench: 'scale', case: `cut-together-${count}`, system: 'causeway', requestsPerSecond: most };
  } finally {
    await world.close();
  }
}
