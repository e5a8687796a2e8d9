import { type BenchOptions, type Figure, rounded } from '../figure.ts';
import { readUsage } from '../measure/process-usage.ts';
import { closeAll, openCrowd } from './open-crowd.ts';
import { startScaleWorld } from './start-scale-world.ts';

/** Memory of the relay with many tunnels that do nothing. */
export async function idleTunnels({ quick, say }: BenchOptions): Promise<Figure> {
  const count = quick ? 500 : 10_000;
  const world = await startScaleWorld();
  try {
    const emptyBytes = readUsage([world.relay.pid])?.rssBytes ?? Number.NaN;
    const crowd = await openCrowd(world, count);
    const fullBytes = readUsage([world.relay.pid])?.rssBytes ?? Number.NaN;
    await closeAll(crowd);
    say(
      `  ${count} tunnels: ${Math.round(fullBytes / 1e6)} MB, ${Math.round((fullBytes - emptyBytes) / count / 1000)} kB each`,
    );
    return { bench: 'scale', case: `idle-tunnels-${count}`, system: 'causeway', rssMb: rounded(fullBytes / 1e6) };
  } finally {
    await world.close();
  }
}
