import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownLogs } from '../../../relay/audit/shared/stored-records.ts';
import { verifyShared } from '../../../relay/audit/shared/verify-shared.ts';
import { openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import type { SinkSettings } from '../../../relay/sinks/sink-settings.ts';
import { openPostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { append, decision, openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';
import { openSink, sinkSettings } from './sinks-world.ts';

describe.runIf(postgresPrograms !== null)('the audit on its way to PostgreSQL', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let storage: PostgresSettings;
  let made = 0;

  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());

  const settings = (relay: string, place = storage): SinkSettings =>
    sinkSettings({ kind: 'postgres', relay, storage: place }, { name: 'storage', timeoutMs: 5000 });
  const newStorage = async (): Promise<PostgresSettings> => (storage = postgresPlace(await server.createDatabase()));
  const query = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const sql = await openPostgresClient(storage, { migrations: [] });
    try {
      return (await sql.query(text)).rows;
    } finally {
      await sql.close();
    }
  };
  const stored = async (relay: string): Promise<readonly (readonly [number, string])[]> =>
    (await query(`SELECT seq, payload FROM audit_record WHERE relay = '${relay}' ORDER BY seq`)).map((row) => [
      Number(row['seq']),
      String(row['payload']),
    ]);
  const local = (dataDir: string): readonly (readonly [number, string])[] => {
    const reader = openAuditReader(dataDir);
    const all = reader.after(0, Number.MAX_SAFE_INTEGER, 1_000_000).map(({ seq, payload }) => [seq, payload] as const);
    reader.close();
    return all;
  };
  /** A folder with so many records, whose relay has stopped. */
  const folderWith = async (records: number, dataDir = temporaryFolder()): Promise<string> => {
    const audit = await openAudit(dataDir);
    made += 1;
    await Promise.all(Array.from({ length: records }, (_, index) => append(audit, decision(`r${made}-${index}`))));
    await audit.close();
    return dataDir;
  };
  const sendAll = async (dataDir: string, relay: string): Promise<void> => {
    const sink = openSink(dataDir, settings(relay));
    await sink.until(({ seq }) => seq === local(dataDir).length);
    await sink.finish(5000);
  };

  it('comes in whole, each record once, also from two relays that begin at the same time', async () => {
    await newStorage();
    const folders = [await folderWith(700), await folderWith(900)];
    await Promise.all(folders.map((dataDir, index) => sendAll(dataDir, `r-${index}`)));
    for (const [index, dataDir] of folders.entries()) expect(await stored(`r-${index}`)).toEqual(local(dataDir));
    const [{ count } = {}] = await query('SELECT count(*)::int AS count FROM audit_checkpoint');
    expect(count).toBeGreaterThanOrEqual(2);
  });

  it('goes on in the same log while the key that signs is replaced', async () => {
    await newStorage();
    const dataDir = await folderWith(50);
    const sink = openSink(dataDir, settings('r-a'));
    await sink.until(({ seq }) => seq === 50);
    const audit = await openAudit(dataDir);
    const line = await audit.replaceKey('asked for by dana: test');
    expect(await append(audit, decision('after'))).toBeNull();
    await audit.close();
    await sink.until(({ seq }) => seq === 52);
    await sink.finish(5000);
    expect(await stored('r-a')).toEqual(local(dataDir));
    const sql = await openPostgresClient(storage, { migrations: [] });
    try {
      const [log] = await knownLogs(sql, 'r-a');
      expect(log && (await verifyShared(sql, log, { verifierKey: line }))).toMatchObject({ status: 'ok', records: 52 });
    } finally {
      await sql.close();
    }
  });

  it('goes on where PostgreSQL is, when the cursor was lost', async () => {
    await newStorage();
    const dataDir = await folderWith(600);
    await sendAll(dataDir, 'r-a');
    await folderWith(300, dataDir);
    for (const name of ['sinks.sqlite', 'sinks.sqlite-wal', 'sinks.sqlite-shm'])
      rmSync(join(dataDir, name), { force: true });
    await sendAll(dataDir, 'r-a');
    expect(await stored('r-a')).toEqual(local(dataDir));
  });

  it('comes again when PostgreSQL has lost what it had', async () => {
    await newStorage();
    const dataDir = await folderWith(600);
    await sendAll(dataDir, 'r-a');
    await folderWith(10, dataDir);
    await newStorage();
    await sendAll(dataDir, 'r-a');
    expect(await stored('r-a')).toEqual(local(dataDir));
  });

  it('waits while PostgreSQL is away, and is there once it is back', async () => {
    await newStorage();
    const dataDir = await folderWith(600);
    await server.kill();
    const sink = openSink(dataDir, settings('r-a'));
    const failing = await sink.until(({ attempts }) => attempts > 0);
    expect(failing).toMatchObject({ seq: 0, error: expect.stringMatching(/ECONNREFUSED|terminat/) });
    await server.restart();
    await sink.until(({ seq }) => seq === 600);
    await sink.finish(5000);
    expect(await stored('r-a')).toEqual(local(dataDir));
  });

  it.each([
    ['another key under the same id', () => folderWith(700), /another key signs the audit of the relay “r-a”/],
    [
      'a folder that was rolled back',
      async (earlier: string) => earlier,
      /PostgreSQL has 600 records of the relay “r-a”, its data folder only 400/,
    ],
    [
      'a folder that was rolled back and written on',
      (earlier: string) => folderWith(300, earlier),
      /record 600 of the relay “r-a” is another one in PostgreSQL than in its data folder/,
    ],
  ])('refuses %s, and keeps what it has', async (_what, makeOther, words) => {
    await newStorage();
    const dataDir = await folderWith(400);
    const earlier = temporaryFolder();
    cpSync(dataDir, earlier, { recursive: true });
    await folderWith(200, dataDir);
    await sendAll(dataDir, 'r-a');
    const before = await stored('r-a');
    const sink = openSink(await makeOther(earlier), settings('r-a'));
    await sink.until(({ error }) => words.test(error ?? ''));
    await sink.stop();
    expect(await stored('r-a')).toEqual(before);
  });
});
