import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions, Figure } from '../figure.ts';
import { closeAll, openCrowd } from './open-crowd.ts';
import { handshakesPerSecond, startScaleWorld } from './start-scale-world.ts';

/** All clients lose the relay at once: how many it lets in in each second, by its own log, and how many are back. */
export async function cutTogether({ quick, say }: BenchOptions): Promise<Figure> {
  const count = quick ? 300 : 5000;
  /** By the time of day, and what is let in also by the relay's own clock, which is exact. */
  let letInAtMs: number[] = [];
  let begunAtMs: number[] = [];
  let openedAtMs: number[] = [];
  const backAtMs: number[] = [];
  const allBack = Promise.withResolvers<void>();
  const world = await startScaleWorld({
    onRelayLog(line) {
      if (line.msg === 'tunnel handshake') {
        begunAtMs.push(Number(line['begunAtMs']));
        letInAtMs.push(Number(line['time']));
      } else if (line.msg === 'tunnel session' && line['event'] === 'opened') openedAtMs.push(Number(line['time']));
    },
  });
  try {
    const crowd = await openCrowd(world, count, (line) => {
      if (typeof line['reopenedAtMs'] !== 'number') return;
      backAtMs.push(line['reopenedAtMs']);
      if (backAtMs.length === count) allBack.resolve();
    });
    world.relay.signal('SIGKILL');
    await world.relay.stop();
    letInAtMs = [];
    begunAtMs = [];
    openedAtMs = [];
    await world.restart();
    await Promise.race([
      allBack.promise,
      delay(180_000, undefined, { ref: false }).then(() => {
        throw new Error(`Only ${backAtMs.length} of ${count} tunnels came back within 3 minutes`);
      }),
    ]);
    await closeAll(crowd);
    const startMs = Math.min(...letInAtMs);
    const [begun = [], opened = [], back = []] = [letInAtMs, openedAtMs, backAtMs].map((atMs) =>
      perSecond(atMs, startMs),
    );
    say('       let in  opened  seen by the clients');
    for (let second = 0; second < Math.max(begun.length, opened.length, back.length); second += 1) {
      const counts = [begun, opened, back].map((one) => String(one[second] ?? 0).padStart(6));
      say(
        `  ${String(second).padStart(3)} s ${counts.join('  ')}  ${'█'.repeat(Math.ceil((begun[second] ?? 0) / 10))}`,
      );
    }
    const most = mostInASecond(begunAtMs);
    say(
      `  most within any second: ${most} let in, ${mostInASecond(openedAtMs)} opened, ${mostInASecond(backAtMs)} seen ` +
        `by the clients; configured: ${handshakesPerSecond}`,
    );
    if (begunAtMs.length < count) throw new Error(`The relay logged ${begunAtMs.length} of ${count} handshakes`);
    return { bench: 'scale', case: `cut-together-${count}`, system: 'causeway', requestsPerSecond: most };
  } finally {
    await world.close();
  }
}

/** How many in each second from the start on. */
function perSecond(atMs: readonly number[], startMs: number): number[] {
  const counts: number[] = [];
  for (const at of atMs) {
    const second = Math.max(0, Math.floor((at - startMs) / 1000));
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

/** The most within one second, wherever it begins. */
function mostInASecond(atMs: readonly number[]): number {
  const sorted = atMs.toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) >= 1000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
