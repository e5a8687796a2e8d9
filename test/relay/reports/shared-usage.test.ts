import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hourOf } from '../../../relay/reports/count-records.ts';
import { catchUp, rebuildUsage } from '../../../relay/reports/follow-audit.ts';
import { type CountsPlace, openCounts } from '../../../relay/reports/open-counts.ts';
import type { UsageStore } from '../../../relay/reports/usage-store.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { auditTables } from '../../../relay/audit/shared/tables.ts';
import { auditPart } from '../../../relay/move/audit-part.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { asked, caller, cutAudit, denied, noonMs, writeAudit } from './audit-of.ts';

const [alice, bob] = [caller('alice'), caller('bob', [])];
const period = { fromHour: 0, toHour: Number.MAX_SAFE_INTEGER };
const hour = hourOf(noonMs);

/** All that a store counts, in words and in one order. */
async function contents(usage: UsageStore): Promise<readonly string[]> {
  const totals = await usage.usage(period, ['hour', 'person', 'groups', 'api', 'rule', 'allowed'], {});
  const denials = await usage.denials(period, {});
  return [
    ...totals.map((row) =>
      JSON.stringify([row.hour, row.person.username, row.groups, row.api, row.rule, row.allowed, row.requests]),
    ),
    ...denials.map((row) =>
      JSON.stringify([row.person.username, row.method, row.shape, row.path, row.requests, row.lastHour]),
    ),
  ].toSorted();
}

const requestsIn = async (usage: UsageStore): Promise<number> =>
  (await usage.usage(period, [], {})).reduce((sum, { requests }) => sum + requests, 0);

describe.runIf(postgresPrograms !== null)('counts in PostgreSQL', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());
  const newPlace = async (): Promise<string> => server.createDatabase();
  const open = async (address: string | null, relay: string, dataDir: string): Promise<UsageStore> => {
    const shared: CountsPlace['shared'] = address === null ? null : { postgres: postgresPlace(address), relay };
    const usage = await openCounts({ dataDir, shared });
    onTestFinished(async () => usage.close());
    return usage;
  };

  it('are of one audit for each id: two relays with the same one don’t count theirs in turns', async () => {
    const [address, one, other] = [await newPlace(), temporaryFolder(), temporaryFolder()];
    await writeAudit(one, [asked(alice, 0), asked(alice, 1)]);
    await writeAudit(other, [asked(bob, 0), asked(bob, 1), asked(bob, 2)]);
    const usage = await open(address, 'r-1', one);
    await catchUp(one, usage);
    for (const counting of [catchUp, rebuildUsage])
      await expect(counting(other, usage)).rejects.toMatchObject({
        code: 'bad-config',
        message: expect.stringContaining('relay.id') as string,
      });
    await catchUp(one, usage);
    expect(await requestsIn(usage)).toBe(2);
    expect(await requestsIn(await open(address, 'r-2', other))).toBe(2);
    await catchUp(other, await open(address, 'r-2', other));
    expect(await requestsIn(usage)).toBe(5);
  });

  it('say the same as those in the data folder, after each batch and counted anew', async () => {
    const [address, dataDir] = [await newPlace(), temporaryFolder()];
    const words = Array.from({ length: 80 }, (_, index) =>
      String.fromCodePoint(97 + (index % 26)).repeat(1 + index / 26),
    );
    await writeAudit(dataDir, [
      asked(alice, 0),
      denied(bob, 1, { path: '/\u0000', api: 'a\u0000b' }),
      asked({ ...alice, username: 'alicia' }, 2),
      ...words.map((word) => denied(alice, 0, { path: `/${word}` })),
    ]);
    const [shared, local] = [await open(address, 'r-1', dataDir), await open(null, '', dataDir)];
    for (const usage of [shared, local]) expect(await catchUp(dataDir, usage, 7)).toMatchObject({ seq: 83, missed: 0 });
    const counted = (await contents(local)).map((line) => line.replaceAll(String.raw`\u0000`, '\uFFFD'));
    expect(await contents(shared)).toEqual(counted);
    await rebuildUsage(dataDir, shared, 9);
    expect(await contents(shared)).toEqual(counted);
    expect([await shared.knows('api', 'orders'), await shared.knows('group', 'nobody')]).toEqual([true, false]);
  });

  it('of several relays add up, whose audits have the same numbers', async () => {
    const address = await newPlace();
    const folders = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    await Promise.all(
      folders.map((dataDir, index) =>
        writeAudit(
          dataDir,
          Array.from({ length: 200 }, (_, n) => (n % 4 === index ? denied : asked)(alice, n % 5)),
        ),
      ),
    );
    // Each counts its own, twice at once, in batches that end everywhere.
    await Promise.all(
      [...folders, ...folders].map(async (dataDir, index) =>
        catchUp(dataDir, await open(address, `r-${index % 3}`, dataDir), 7 + index),
      ),
    );
    const usage = await open(address, 'r-0', folders[0] ?? '');
    expect(await requestsIn(usage)).toBe(600);
    expect([...(await usage.allCounted())].map(([relay, { seq }]) => [relay, seq])).toEqual([
      ['r-0', 200],
      ['r-1', 200],
      ['r-2', 200],
    ]);
    const before = await contents(usage);
    await rebuildUsage(folders[0] ?? '', usage);
    expect(await contents(usage)).toEqual(before);
  });

  it('keep what is cut from the audit', async () => {
    const [address, dataDir] = [await newPlace(), temporaryFolder()];
    const usage = await open(address, 'r-1', dataDir);
    await writeAudit(dataDir, [asked(alice, 0), asked(alice, 1), asked(alice, 2), asked(bob, 2)]);
    await catchUp(dataDir, usage);
    const counted = await contents(usage);
    cutAudit(dataDir, 2);
    await rebuildUsage(dataDir, usage);
    expect(await contents(usage)).toEqual(counted);
    expect(await usage.usage({ fromHour: hour, toHour: hour + 1 }, ['api'], { user: 'alice' })).toMatchObject([
      { api: 'orders', requests: 1, lastHour: hour },
    ]);
  });

  it('count what was shipped, where the folder hasn’t got it any more', async () => {
    const [address, dataDir] = [await newPlace(), temporaryFolder()];
    const place = { dataDir, postgres: postgresPlace(address), relay: 'r-1' };
    const usage = await open(address, 'r-1', dataDir);
    await writeAudit(dataDir, [asked(alice, 0), asked(alice, 1)]);
    await catchUp(dataDir, usage);
    await writeAudit(dataDir, [asked(bob, 1), denied(bob, 1), asked(alice, 2), asked(alice, 2)]);
    const connection = connectPostgres(place.postgres, silent, { migrations: [auditTables] });
    onTestFinished(() => connection.close());
    await auditPart(place, connection).move(() => undefined);
    await writeAudit(dataDir, [asked(alice, 3), asked(alice, 3), asked(bob, 3)]);
    // Of 9 records 6 were shipped, and the folder has the last two.
    cutAudit(dataDir, 7);
    expect(await catchUp(dataDir, usage, 3)).toMatchObject({ seq: 9, missed: 1 });
    expect(await requestsIn(usage)).toBe(8);
  });

  it('have each record once, whenever who counts, or PostgreSQL, is killed', { timeout: 180_000 }, async () => {
    const [address, dataDir] = [await newPlace(), temporaryFolder()];
    await writeAudit(
      dataDir,
      Array.from({ length: 1_000 }, (_, index) =>
        (index % 3 === 0 ? denied : asked)(index % 2 === 0 ? alice : bob, index % 24),
      ),
    );
    const program = fileURLToPath(new URL('./catch-up-process.ts', import.meta.url));
    let done = false;
    let kills = 0;
    for (; !done; kills += 1) {
      const child = fork(program, [dataDir, address], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      await once(child, 'message');
      const ended = once(child, 'exit');
      const finished = once(child, 'message').then(() => true);
      done = await Promise.race([
        finished,
        ended.then(() => false),
        wait(Math.random() * 100 * 1.6 ** kills).then(() => false),
      ]);
      // However quick it is: what was counted isn't counted again.
      if (kills <= 2) done = false;
      if (kills === 2) {
        await server.kill();
        await server.restart();
      }
      child.kill('SIGKILL');
      await ended;
    }
    const [shared, local] = [await open(address, 'r-1', dataDir), await open(null, '', dataDir)];
    expect((await catchUp(dataDir, local)).seq).toBe((await shared.counted()).seq);
    expect(await requestsIn(shared)).toBe(1_000);
    expect(await contents(shared)).toEqual(await contents(local));
  });
});
