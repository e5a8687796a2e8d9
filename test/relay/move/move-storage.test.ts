import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { grantSteps, openGrantStore } from '../../../relay/grants/grant-store.ts';
import { lookAtMove, moveToPostgres } from '../../../relay/move/move-to-postgres.ts';
import { leafHash } from '../../../relay/audit/tree/tree-hash.ts';
import { refuseMovedFolder, unmovedIn } from '../../../relay/move/move-storage.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import { openStores } from '../../../relay/stored/open-stores.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { append, decision, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { filled, fillFolder } from './fill-folder.ts';

const ignore = (): void => undefined;

describe.runIf(postgresPrograms !== null)('storage move', { timeout: 240_000 }, () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());

  async function filledFolder(): Promise<string> {
    const dataDir = temporaryFolder();
    await fillFolder(dataDir);
    return dataDir;
  }
  const placeOf = (dataDir: string, address: string, relay = 'r-1') => ({
    dataDir,
    postgres: postgresPlace(address),
    relay,
  });
  async function query(address: string, sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: address });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  it('refuses a folder that isn’t there, that a relay uses, or that is of a newer relay, and a newer storage', async () => {
    const address = await server.createDatabase();
    const dataDir = await filledFolder();
    const both = [moveToPostgres, lookAtMove] as const;
    for (const move of both)
      await expect(move(placeOf(join(dataDir, 'none'), address), ignore)).rejects.toThrow('There is no data folder');
    const audit = await createAuditLog({ dataDir, log: silent });
    for (const move of both)
      await expect(move(placeOf(dataDir, address), ignore)).rejects.toThrow(
        `A relay runs on ${dataDir}. Stop it first`,
      );
    await audit.close();
    for (const version of [99, grantSteps.length]) {
      const database = new DatabaseSync(join(dataDir, 'access.sqlite'));
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
      if (version !== 99) break;
      for (const move of both)
        await expect(move(placeOf(dataDir, address), ignore)).rejects.toThrow(
          'access.sqlite was made by a newer relay',
        );
    }
    expect(existsSync(join(dataDir, 'moved-to-storage'))).toBe(false);
    await moveToPostgres(placeOf(dataDir, address), ignore);
    await query(address, "UPDATE causeway_schema SET version = 99 WHERE domain = 'usage'");
    for (const move of both)
      await expect(move(placeOf(dataDir, address), ignore)).rejects.toThrow('were made by a newer relay');
  });

  it('with --dry-run counts, and leaves no trace here or there', async () => {
    const address = await server.createDatabase();
    const dataDir = await filledFolder();
    const files = (): readonly (readonly [string, string])[] =>
      readdirSync(dataDir)
        .filter((name) => !/-(?:wal|shm)$/.test(name) && !name.startsWith('audit'))
        .map((name) => [name, readFileSync(join(dataDir, name)).toString('base64')] as const);
    const before = files();
    const counts = await lookAtMove(placeOf(dataDir, address));
    expect(counts.filter(({ name }) => name !== 'audit records').map(({ name, inFolder }) => [name, inFolder])).toEqual(
      Object.entries(filled),
    );
    expect(files()).toEqual(before);
    expect(await query(address, "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([]);
  });

  it('takes records as they are sealed, with the hashes that were signed', async () => {
    const address = await server.createDatabase();
    const dataDir = temporaryFolder();
    const sealing = { erasable: true, refusedDays: undefined };
    const audit = await createAuditLog({ dataDir, log: silent, sealing });
    for (let index = 0; index < 300; index += 1) expect(await append(audit, decision(`r${index}`))).toBeNull();
    await audit.close();
    await moveToPostgres(placeOf(dataDir, address), ignore);
    const database = new DatabaseSync(join(dataDir, 'audit.sqlite'), { readOnly: true });
    const stored = database.prepare('SELECT seq, payload FROM audit ORDER BY seq').all();
    database.close();
    const there = await query(address, 'SELECT seq::int, hash, payload FROM audit_record ORDER BY seq');
    expect(there.map(({ seq, payload }) => ({ seq, payload }))).toEqual(stored.map((row) => ({ ...row })));
    expect(there.map(({ hash }) => hash)).toEqual(stored.map(({ payload }) => leafHash(String(payload))));
    expect(JSON.stringify(there)).not.toContain('alice');
  });

  it('takes all of it, once, however often it is killed', async () => {
    const address = await server.createDatabase();
    const dataDir = await filledFolder();
    const program = fileURLToPath(new URL('./move-process.ts', import.meta.url));
    const start = (killAfter = 0): ChildProcess =>
      fork(program, [dataDir, address, String(killAfter)], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
    for (const killAfter of [1, 2, 4, 6]) expect((await once(start(killAfter), 'exit'))[1]).toBe('SIGKILL');
    await server.kill();
    await server.restart();
    let done: unknown;
    for (let kills = 0; done !== 'done'; kills += 1) {
      const child = start();
      await once(child, 'message');
      const ended = once(child, 'exit');
      const said = once(child, 'message').then(([message]) => message as unknown);
      done = await Promise.race([
        said,
        ended.then(() => 'ended'),
        wait(Math.random() * 200 * 1.6 ** kills).then(() => 'killed'),
      ]);
      child.kill('SIGKILL');
      await ended;
    }

    const stores = await openStores(postgresPlace(address));
    const [grants, locks] = [openGrantStore(dataDir), openLockStore(dataDir)];
    const inOrder = <Row extends { readonly id: string }>(rows: readonly Row[]): readonly Row[] =>
      rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    expect(inOrder(await stores.grants.list())).toEqual(inOrder(grants.list()));
    expect(await stores.locks.list()).toEqual(locks.list());
    expect([grants.outbox.waiting(), locks.waiting(), await stores.acts.waiting()]).toEqual([[], [], []]);
    expect(await stores.sessions.list()).toHaveLength(filled.sessions);
    expect(await stores.revocations.read(Date.now())).toHaveLength(filled.revocations);
    expect(await query(address, 'SELECT sum(requests)::int AS sum FROM usage_count')).toEqual([{ sum: 400 }]);
    expect(await query(address, 'SELECT count(*)::int AS n FROM revision_event')).toEqual([{ n: filled.configs }]);
    const reader = openAuditReader(dataDir);
    const there = await query(address, "SELECT seq::int, payload FROM audit_record WHERE relay = 'r-1' ORDER BY seq");
    expect(there).toEqual(reader.after(0, Number.MAX_SAFE_INTEGER, 10_000));
    expect(there.length).toBeGreaterThan(filled['counted requests'] + filled['access requests'] + filled.locks);
    reader.close();
    const { size } = (await query(address, 'SELECT max(size)::int AS size FROM audit_checkpoint'))[0] ?? {};
    expect(size).toBe(there.length);
    for (const store of [grants, locks]) store.close();
    await stores.close();

    expect(unmovedIn(await filledFolder())).toEqual(['sessions.sqlite', 'access.sqlite', 'revocations.sqlite']);
    expect(unmovedIn(dataDir)).toEqual([]);
    const again = await moveToPostgres(placeOf(dataDir, address), ignore);
    expect(again.every(({ inFolder, before, after }) => before === inFolder && after === inFolder)).toBe(true);
    expect(() => refuseMovedFolder(dataDir)).toThrow(/was moved to a storage/);
  });

  it('takes the folders of two relays together: what ended in one of them stays ended', async () => {
    const address = await server.createDatabase();
    const dataDir = await filledFolder();
    await moveToPostgres(placeOf(dataDir, address), ignore);
    const stores = await openStores(postgresPlace(address));
    const nowMs = Date.now();
    const [approved] = await stores.grants.list({ status: 'approved' });
    const lock = (await stores.locks.list()).find(({ removed }) => removed === null);
    await stores.grants.revoke(approved?.id ?? '', 'root', 'gone', nowMs);
    await stores.locks.remove(lock?.id ?? '', 'root', 'cleared', nowMs);
    await moveToPostgres(placeOf(dataDir, address), ignore);
    await moveToPostgres(placeOf(await filledFolder(), address, 'r-2'), ignore);
    expect(await stores.grants.find(approved?.id ?? '')).toMatchObject({ status: 'revoked' });
    expect((await stores.locks.list()).find(({ id }) => id === lock?.id)?.removed).not.toBeNull();
    expect(await stores.grants.list()).toHaveLength(2 * filled['access requests']);
    expect(
      await query(address, 'SELECT relay, sum(requests)::int AS n FROM usage_count GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      { relay: 'r-1', n: 400 },
      { relay: 'r-2', n: 400 },
    ]);
    await stores.close();
  });
});
