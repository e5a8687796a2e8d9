import { fork } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { hourOf } from '../../../relay/reports/count-records.ts';
import { usageFile } from '../../../relay/reports/open-usage.ts';
import { outcome, temporaryFolder } from '../audit/audit-fixtures.ts';
import { asked, caller, count, countAnew, countsIn, cutAudit, denied, noonMs, writeAudit } from './audit-of.ts';

const [alice, bob] = [caller('alice'), caller('bob', [])];
const hour = hourOf(noonMs);

function moveAuditAway(dataDir: string): void {
  const files = auditFiles(dataDir);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${files.database}${suffix}`, { force: true });
  renameSync(files.checkpoints, `${files.checkpoints}.old`);
}

describe('counting the audit', () => {
  it('refuses a folder without an audit, and counts of a newer version', async () => {
    const dataDir = temporaryFolder();
    await expect(count(dataDir)).rejects.toThrow('There is no audit in');
    await writeAudit(dataDir, [asked(alice, 0)]);
    const database = new DatabaseSync(`${dataDir}/${usageFile}`);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(count(dataDir)).rejects.toThrow(
      'usage.db was made by a newer relay (its schema has version 99, this relay knows 2)',
    );
  });

  it('counts each decision once, by hour, person, API, rule and decision', async () => {
    const dataDir = temporaryFolder();
    await writeAudit(dataDir, [asked(alice, 0), outcome('r'), asked(alice, 0.5), asked(alice, 1), denied(bob, 0)]);
    expect(await count(dataDir, 2)).toMatchObject({ seq: 5, missed: 0 });
    const expected = {
      usage: [
        { hour, username: 'alice', api: 'orders', rule: 'developers-read', allowed: 1, requests: 2 },
        { hour, username: 'bob', api: 'orders', rule: '', allowed: 0, requests: 1 },
        { hour: hour + 1, username: 'alice', api: 'orders', rule: 'developers-read', allowed: 1, requests: 1 },
      ],
      denials: [
        { hour, username: 'bob', api: 'orders', rule: '', shape: '/*/orders', path: '/v1/orders', requests: 1 },
      ],
    };
    expect(countsIn(dataDir)).toEqual(expected);
    await count(dataDir);
    expect(countsIn(dataDir)).toEqual(expected);
    await writeAudit(dataDir, [asked(alice, 1)]);
    expect((await count(dataDir)).seq).toBe(6);
    expect(countsIn(dataDir).usage.at(-1)).toMatchObject({ hour: hour + 1, requests: 2 });
  });

  it('keeps fifty kinds of denied paths of one person, API and hour apart, and counts the rest together', async () => {
    const dataDir = temporaryFolder();
    const words = Array.from({ length: 80 }, (_, index) =>
      String.fromCodePoint(97 + (index % 26)).repeat(1 + index / 26),
    );
    await writeAudit(
      dataDir,
      words.map((word) => denied(alice, 0, { path: `/${word}` })),
    );
    await count(dataDir, 7);
    const { denials } = countsIn(dataDir);
    expect(denials).toHaveLength(51);
    expect(denials.at(0)).toMatchObject({ shape: '', requests: 30 });
  });

  it('counts each record once, whenever it is killed', async () => {
    const dataDir = temporaryFolder();
    const hours = 24;
    await writeAudit(
      dataDir,
      Array.from({ length: 4_800 }, (_, index) =>
        (index % 3 === 0 ? denied : asked)(index % 2 === 0 ? alice : bob, index % hours),
      ),
    );
    let done = false;
    let kills = 0;
    const program = fileURLToPath(new URL('./catch-up-process.ts', import.meta.url));
    for (; !done; kills += 1) {
      const child = fork(program, [dataDir], { execArgv: [] });
      await once(child, 'message');
      const ended = once(child, 'exit');
      done = await Promise.race([
        once(child, 'message').then(() => true),
        wait(Math.random() * 20 * 1.3 ** kills).then(() => false),
      ]);
      child.kill('SIGKILL');
      await ended;
    }
    expect(kills).toBeGreaterThan(2);
    const followed = countsIn(dataDir);
    const total = followed.usage.reduce((sum, row) => sum + Number('requests' in row ? row.requests : 0), 0);
    expect([total, (await count(dataDir)).seq]).toEqual([4_800, 4_800]);
    await countAnew(dataDir, 999);
    expect(countsIn(dataDir)).toEqual(followed);
  });

  it('keeps what is cut from the audit, and says what was cut before it was counted', async () => {
    const dataDir = temporaryFolder();
    await writeAudit(dataDir, [asked(alice, 0), asked(alice, 1), asked(alice, 2), asked(bob, 2)]);
    await count(dataDir);
    const counted = countsIn(dataDir);
    cutAudit(dataDir, 2);
    expect(await count(dataDir)).toMatchObject({ seq: 4, missed: 0 });
    await countAnew(dataDir);
    expect(countsIn(dataDir)).toEqual(counted);
    await writeAudit(dataDir, [asked(bob, 3), asked(bob, 4)]);
    cutAudit(dataDir, 5);
    expect(await count(dataDir)).toMatchObject({ seq: 6, missed: 1 });
    expect(countsIn(dataDir).usage).toHaveLength(5);
  });

  it('goes on with a new audit when the old one was moved away', async () => {
    const dataDir = temporaryFolder();
    await writeAudit(dataDir, [asked(alice, 0), asked(alice, 1)]);
    await count(dataDir);
    moveAuditAway(dataDir);
    await writeAudit(dataDir, [asked(bob, 5), asked(bob, 5), asked(bob, 6)]);
    expect(await count(dataDir)).toMatchObject({ seq: 3, missed: 0 });
    const counted = countsIn(dataDir);
    expect(counted.usage).toHaveLength(4);
    await countAnew(dataDir);
    expect(countsIn(dataDir)).toEqual(counted);
  });

  it('rebuilds counts that are wrong or gone', async () => {
    const dataDir = temporaryFolder();
    await writeAudit(dataDir, [asked(alice, 0), denied(bob, 1), asked(alice, 2)]);
    await count(dataDir);
    const counted = countsIn(dataDir);
    const database = new DatabaseSync(`${dataDir}/${usageFile}`);
    database.exec('UPDATE usage SET requests = 7; DELETE FROM denial');
    database.close();
    await countAnew(dataDir);
    expect(countsIn(dataDir)).toEqual(counted);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${dataDir}/${usageFile}${suffix}`, { force: true });
    await countAnew(dataDir);
    expect(countsIn(dataDir)).toEqual(counted);
  });
});
