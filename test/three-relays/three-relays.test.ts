import { expect, test } from 'vitest';
import { postgresPrograms } from '../support/start-postgres.ts';
import { distributionTable } from './distribution-table.ts';
import { measureReach, type Reach } from './measure-reach.ts';
import { startRelaysBehindBalancer, trustsThisMachine } from './relays-behind-balancer.ts';

const measured = [
  'a lock cuts off',
  'its removal lets in',
  'a lock on an address cuts off',
  'it refuses sign-ins from there',
  'its removal lets tunnels in',
  'its removal lets sign-ins in',
  'sessions are listed',
  'an end closes the tunnel',
  'a new device is told of elsewhere',
  'a revocation closes tunnels',
  'a grant lets in',
  'its end shuts out',
];

test.runIf(postgresPrograms !== null)(
  'three relays have locks, ends, new devices, revocations and grants known soon, also without Redis and when one is killed',
  { timeout: 240_000 },
  async () => {
    const world = await startRelaysBehindBalancer({ configure: trustsThisMachine });
    try {
      const inTime = (reaches: readonly Reach[], relays: number): void => {
        expect(reaches.map(({ what }) => what)).toEqual(measured);
        for (const { what, ms } of reaches) {
          expect([what, ms.length]).toEqual([what, relays]);
          // 5 s is what `npm run three-relays` measures, with nothing beside it.
          expect(Math.max(...ms), distributionTable(reaches)).toBeLessThan(20_000);
        }
      };
      inTime(await measureReach(world, 1), 3);
      await world.stopRedis();
      const [, , killed] = world.relays;
      killed?.process?.signal('SIGKILL');
      await killed?.process?.exited;
      if (killed !== undefined) killed.process = null;
      inTime(await measureReach(world, 1), 2);
    } finally {
      await world.close();
    }
  },
);
