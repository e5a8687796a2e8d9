import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emergenciesInPostgres } from '../../../relay/break-glass/emergencies-in-postgres.ts';
import { emergenciesInRedis } from '../../../relay/break-glass/emergencies-in-redis.ts';
import { type EmergencyNews, type EmergencyWay, shareEmergencies } from '../../../relay/break-glass/emergency-news.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { readVersions } from '../../../relay/storage/changes.ts';
import { followChanges } from '../../../relay/storage/follow-changes.ts';
import type { Emergency } from '../../../shared/emergency.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { startStorage } from '../../support/start-storage.ts';

const log = pino({ level: 'silent' });
const kim: Emergency = { account: 'kim', atMs: 1_700_000_000_000 };

/** A process of a relay, and what it has heard of the others. */
function processOf(way: EmergencyWay): { readonly news: EmergencyNews; readonly heard: Emergency[] } {
  const heard: Emergency[] = [];
  const news = shareEmergencies({ way, log, everyMs: 20, onElsewhere: (emergency) => heard.push(emergency) });
  onTestFinished(() => news.close());
  return { news, heard };
}

/** Ways to the same place, each as a relay of its own has it. */
const places: readonly (readonly [string, boolean, () => Promise<() => Promise<EmergencyWay>>])[] = [
  [
    'a Redis',
    redisProgram !== null,
    async () => {
      const server = await startRedis();
      onTestFinished(() => server.stop());
      return async () => {
        const redis = connectRedis({ url: server.url, prefix: 'test:', timeoutMs: 10_000 }, log);
        onTestFinished(() => redis.close());
        await redis.untilReady();
        return emergenciesInRedis(redis, log);
      };
    },
  ],
  [
    'a storage',
    postgresPrograms !== null,
    async () => {
      const storage = await startStorage();
      onTestFinished(() => storage.stop());
      return async () => {
        const connection = storage.connect();
        await connection.untilReady();
        const changes = followChanges({ readVersions: () => readVersions(connection), log, pollMs: 50 });
        onTestFinished(() => changes.close());
        await changes.look();
        return emergenciesInPostgres(connection, changes);
      };
    },
  ],
];

describe.each(places)('relays that share %s', (_what, isThere, start) => {
  it.runIf(isThere)(
    'hear of each other’s emergency sign-ins and invitations once, from their start on',
    { timeout: 120_000 },
    async () => {
      const wayOf = await start();
      const [one, other] = [processOf(await wayOf()), processOf(await wayOf())];
      // Those that follow have begun to.
      await expect
        .poll(
          () => {
            one.news.didHappen({ account: 'probe', atMs: Date.now() });
            return other.heard.length;
          },
          { timeout: 60_000, interval: 200 },
        )
        .toBeGreaterThan(0);
      one.news.didHappen(kim);
      one.news.didHappen(kim);
      await expect
        .poll(() => other.heard.filter(({ account }) => account === 'kim'), { timeout: 30_000 })
        .toEqual([kim]);
      // Another process of the relay where it was has said so before.
      other.news.isKnown({ ...kim, account: 'pat' });
      one.news.didHappen({ ...kim, account: 'pat' });
      one.news.didHappen({ ...kim, account: 'sam' });
      await expect.poll(() => other.heard.at(-1), { timeout: 30_000 }).toMatchObject({ account: 'sam' });
      expect(other.heard.filter(({ account }) => account === 'pat')).toEqual([]);
      expect(one.heard).toEqual([]);
      // An invitation at the same moment is another matter, also to who makes it.
      const invited = { ...kim, by: 'mia (console)' };
      one.news.didHappen(invited);
      await expect.poll(() => other.heard.at(-1), { timeout: 30_000 }).toEqual(invited);
      const late = processOf(await wayOf());
      one.news.didHappen({ ...kim, account: 'max' });
      await expect.poll(() => other.heard.at(-1), { timeout: 30_000 }).toMatchObject({ account: 'max' });
      expect(late.heard.filter(({ account }) => account !== 'max')).toEqual([]);
    },
  );
});

it('what can’t be told now is told as soon as it can, and no more after the end', async () => {
  const told: Emergency[] = [];
  let refusals = 2;
  const way: EmergencyWay = {
    tell(emergency) {
      if (refusals > 0) {
        refusals -= 1;
        return Promise.reject(new Error('away'));
      }
      told.push(emergency);
      return Promise.resolve();
    },
    follow: () => ({ close: () => undefined }),
  };
  const { news } = processOf(way);
  news.didHappen(kim);
  await expect.poll(() => told).toEqual([kim]);
  refusals = 1;
  news.didHappen({ ...kim, account: 'pat' });
  news.close();
  refusals = 0;
  news.didHappen({ ...kim, account: 'sam' });
  await expect.poll(() => told).toEqual([kim, { ...kim, account: 'sam' }]);
});
