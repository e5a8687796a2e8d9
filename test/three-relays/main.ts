import { parseArgs } from 'node:util';
import { measureReach } from './measure-reach.ts';
import { distributionTable } from './distribution-table.ts';
import { startRelaysBehindBalancer, trustsThisMachine } from './relays-behind-balancer.ts';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(options.rounds);
const world = await startRelaysBehindBalancer({ configure: trustsThisMachine });
let worstMs = 0;
const measure = async (words: string): Promise<void> => {
  const reaches = await measureReach(world, rounds);
  worstMs = Math.max(worstMs, ...reaches.flatMap(({ ms }) => ms));
  process.stdout.write(`${words}\n${distributionTable(reaches)}\n\n`);
};
try {
  process.stdout.write(`Three relays, PostgreSQL${world.hasRedis ? ', Redis' : ''}, ${world.balancer.name}\n\n`);
  await measure('All there');
  if (world.hasRedis) {
    await world.stopRedis();
    await measure('Redis away');
    await world.restartRedis();
  }
  const killed = world.relays.find((relay) => relay.process !== null);
  if (killed !== undefined && killed.process !== null) {
    killed.process.signal('SIGKILL');
    await killed.process.exited;
    killed.process = null;
    await measure(`${killed.name} killed`);
  }
} finally {
  await world.close();
}
process.exit(worstMs <= 5000 ? 0 : 1);
