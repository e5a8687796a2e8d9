import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AuditLog } from '../../../../relay/audit/audit-record.ts';
import { formatVerifierKey } from '../../../../relay/audit/checkpoint-note.ts';
import { createAuditLog, type AuditLogOptions, type KeyHolder } from '../../../../relay/audit/create-audit-log.ts';
import { knownLogs } from '../../../../relay/audit/shared/stored-records.ts';
import { auditInDatabase } from '../../../../relay/audit/shared/start-database-worker.ts';
import { verifyShared } from '../../../../relay/audit/shared/verify-shared.ts';
import { openAuditReader } from '../../../../relay/sinks/audit-reader.ts';
import { openPostgresClient, type PostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';
import type { AuditVerdict } from '../../../../relay/audit/verify-audit.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { append, decision, openAudit, outcome, silent, temporaryFolder } from '../audit-fixtures.ts';

const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe.runIf(postgresPrograms !== null)('an audit that is durable in PostgreSQL', { timeout: 60_000 }, () => {
  const signingKey = newKey();
  let server: PostgresServer;
  let storage: PostgresSettings;
  beforeAll(async () => void (server = await startPostgres()));
  beforeEach(async () => void (storage = postgresPlace(await server.createDatabase())));
  afterAll(() => server.stop());

  const open = async (
    {
      relay = 'r-a',
      key = signingKey,
      dataDir = temporaryFolder(),
    }: { relay?: string; key?: string; dataDir?: string } = {},
    options: Partial<AuditLogOptions> = {},
  ): Promise<AuditLog & KeyHolder> => {
    const database = auditInDatabase(dataDir, { storage, relay, signingKey: key });
    const audit = await createAuditLog({ dataDir, log: silent, retryEveryMs: 50, ...database, ...options });
    onTestFinished(() => audit.close());
    return audit;
  };
  const withSql = async <Result>(work: (sql: PostgresClient) => Promise<Result>): Promise<Result> => {
    const sql = await openPostgresClient(storage, { migrations: [] });
    try {
      return await work(sql);
    } finally {
      await sql.close();
    }
  };
  const payloads = (relay = 'r-a'): Promise<readonly (readonly [number, string])[]> =>
    withSql(async (sql) => {
      const { rows } = await sql.query('SELECT seq, payload FROM audit_record WHERE relay = $1 ORDER BY seq', [relay]);
      return rows.map((row) => [Number(row['seq']), String(row['payload'])] as const);
    });
  const verify = (relay = 'r-a'): Promise<AuditVerdict | undefined> =>
    withSql(async (sql) => {
      const [log] = await knownLogs(sql, relay);
      return log === undefined ? undefined : verifyShared(sql, log);
    });

  it('goes on over restarts without the folder, and verifies', async () => {
    for (const round of [1, 2, 3]) {
      const audit = await open();
      for (const id of ['a', 'b']) expect(await append(audit, decision(`${round}${id}`))).toBeNull();
      expect(await append(audit, outcome(`${round}a`))).toBeNull();
      await audit.close();
    }
    const found = await payloads();
    expect(found.map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await verify()).toMatchObject({ status: 'ok', records: 9, checkpoints: 3, signedUpTo: 9 });
  });

  it('goes by another key at once when it is given one, and by no other', async () => {
    const next = newKey();
    const audit = await open();
    for (const id of ['a', 'b']) expect(await append(audit, decision(id))).toBeNull();
    await expect(audit.replaceKey('asked for by dana: test')).rejects.toThrow('audit.signing_key');
    const line = await audit.replaceKey('the file has another one', next);
    expect(await append(audit, decision('c'))).toBeNull();
    await audit.close();
    const own = formatVerifierKey(createPublicKey(signingKey));
    const [log] = await withSql((sql) => knownLogs(sql, 'r-a'));
    for (const verifierKey of [own, line])
      await withSql(async (sql) =>
        expect(log && (await verifyShared(sql, log, { verifierKey }))).toMatchObject({ status: 'ok', records: 4 }),
      );
    await expect(open()).rejects.toThrow('another key signs');
    const again = await open({ key: next });
    expect(await append(again, decision('d'))).toBeNull();
    await again.close();
    expect(await verify()).toMatchObject({ status: 'ok', records: 5, signedUpTo: 5 });
  });

  it('goes by another key when PostgreSQL has it and the answer is lost', async () => {
    const next = newKey();
    const { host, port } = storage;
    let losesAnswer = true;
    const between = createServer((socket) => {
      const server = connect(port, host);
      let isLost = false;
      socket.on('data', (sent) => {
        if (losesAnswer && sent.includes('UPDATE audit_relay SET verifier_key')) isLost = true;
        server.write(sent);
      });
      server.on('data', (answer) => {
        if (!isLost) return socket.write(answer);
        losesAnswer = false;
        return socket.destroy();
      });
      for (const [one, other] of [
        [socket, server],
        [server, socket],
      ] as const)
        one.on('error', () => undefined).on('close', () => other.destroy());
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void between.close());
    const dataDir = temporaryFolder();
    const through = { ...storage, host: '127.0.0.1', port: (between.address() as AddressInfo).port };
    const database = auditInDatabase(dataDir, { storage: through, relay: 'r-a', signingKey });
    const audit = await createAuditLog({ dataDir, log: silent, retryEveryMs: 50, ...database });
    onTestFinished(() => audit.close());
    expect(await append(audit, decision('a'))).toBeNull();
    await expect(audit.replaceKey('test', next)).rejects.toMatchObject({ code: 'audit-unavailable' });
    await expect.poll(() => append(audit, decision('b')), { timeout: 30_000 }).toBeNull();
    const line = await audit.replaceKey('test', next);
    expect(losesAnswer).toBe(false);
    expect(line).toBe(formatVerifierKey(createPublicKey(next)));
    await audit.close();
    expect(await verify()).toMatchObject({ status: 'ok', state: { verifierKey: line } });
    const changes = (await payloads()).filter(([, payload]) => payload.includes('audit-key-changed'));
    expect(changes, 'it is changed once').toHaveLength(1);
  });

  it('says at its start that PostgreSQL was put back to an earlier state', async () => {
    const dataDir = temporaryFolder();
    const tables = ['audit_relay', 'audit_day', 'audit_checkpoint', 'audit_record'];
    const first = await open({ dataDir });
    for (const id of ['a', 'b', 'c']) expect(await append(first, decision(id))).toBeNull();
    await first.close();
    await withSql(async (sql) => {
      for (const table of tables) await sql.query(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`);
    });
    const second = await open({ dataDir });
    for (const id of ['d', 'e']) expect(await append(second, decision(id))).toBeNull();
    await second.close();
    await withSql(async (sql) => {
      for (const table of tables) await sql.query(`DELETE FROM ${table}`);
      for (const table of tables) await sql.query(`INSERT INTO ${table} SELECT * FROM kept_${table}`);
    });
    const said: unknown[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(JSON.parse(line)) });
    const third = await open({ dataDir }, { log });
    expect(await append(third, decision('f'))).toBeNull();
    await third.close();
    expect(JSON.stringify(said)).toContain('ends at record 3, the copy in the data folder at 5');
    expect((await payloads()).map(([seq]) => seq)).toEqual([1, 2, 3, 4]);
    const fourth = await open({ dataDir }, { log });
    await fourth.close();
    expect(said).toHaveLength(1);
  });

  it('has each record durable before its answer, also many at once', async () => {
    const audit = await open();
    const answers = await Promise.all(Array.from({ length: 5000 }, (_, index) => append(audit, decision(`r${index}`))));
    expect(answers.every((answer) => answer === null)).toBe(true);
    expect(await payloads()).toHaveLength(5000);
  });

  it('refuses while PostgreSQL is away, and says so in its first record afterwards', async () => {
    const audit = await open();
    expect(await append(audit, decision('r1'))).toBeNull();
    await server.kill();
    expect(await append(audit, decision('r2'))).toMatchObject({ code: 'audit-unavailable' });
    expect(audit.healthy).toBe(false);
    await server.restart();
    while (!audit.healthy) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await append(audit, decision('r3'))).toBeNull();
    await audit.close();
    const kinds = (await payloads()).map(([, payload]) =>
      /"requestId":"(\w+)"|"event":"([\w-]+)"/.exec(payload)?.slice(1, 3),
    );
    expect(kinds.flat().filter((kind) => kind !== undefined && kind !== 'r2')).toEqual(['r1', 'audit-recovered', 'r3']);
    expect(await verify()).toMatchObject({ status: 'ok' });
  });

  it('refuses when PostgreSQL doesn’t answer any more', async () => {
    const audit = await open({}, { stallMs: 300 });
    // A busy machine may take longer than that.
    await expect.poll(() => append(audit, decision('r1')), { timeout: 30_000 }).toBeNull();
    const pid = await withSql(async (sql) => {
      const { rows } = await sql.query("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted");
      return Number(rows[0]?.['pid']);
    });
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await append(audit, decision('r2'))).toMatchObject({
        code: 'audit-unavailable',
        message: expect.stringContaining('PostgreSQL didn’t answer'),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expect.poll(() => append(audit, decision('r3')), { timeout: 30_000 }).toBeNull();
  });

  it.each([
    ['another process that writes under the same id', {}, /another process writes the audit of the relay “r-a”/],
    ['another key under the same id', { key: newKey() }, /another key signs the audit of the relay “r-a”/],
  ])('refuses %s', async (_what, given, words) => {
    const first = await open();
    expect(await append(first, decision('r1'))).toBeNull();
    if ('key' in given) await first.close();
    await expect(open(given)).rejects.toThrow(words);
    expect(await payloads()).toHaveLength(1);
  });

  it('refuses a folder with a log of its own, and a relay with one its copy', async () => {
    const dataDir = temporaryFolder();
    const own = await openAudit(dataDir);
    await own.close();
    await expect(open({ dataDir })).rejects.toThrow(/holds a log of its own/);
    const copied = temporaryFolder();
    const audit = await open({ dataDir: copied });
    await audit.close();
    await expect(openAudit(copied)).rejects.toThrow(/holds only a copy of an audit in PostgreSQL/);
  });

  it('has the newest records in the folder, too, for what follows them there', async () => {
    const dataDir = temporaryFolder();
    const first = await open({ dataDir });
    expect(await append(first, decision('r1'))).toBeNull();
    await first.close();
    // Without this folder.
    const elsewhere = await open();
    expect(await append(elsewhere, decision('r2'))).toBeNull();
    await elsewhere.close();
    const again = await open({ dataDir });
    expect(await append(again, decision('r3'))).toBeNull();
    const reader = openAuditReader(dataDir);
    expect(reader.after(0, 10, 10).map(({ seq, payload }) => [seq, payload])).toEqual(await payloads());
    reader.close();
  });

  it('warns of records that aren’t those that were signed', async () => {
    const audit = await open();
    expect(await append(audit, decision('r1'))).toBeNull();
    await audit.close();
    await withSql((sql) => sql.query("UPDATE audit_relay SET edge = decode(repeat('00', 32), 'hex')"));
    const said: string[] = [];
    await open(
      {},
      { log: { ...silent, error: (words: unknown) => said.push(String(words)), info: () => undefined } as never },
    );
    expect(said.join()).toMatch(/aren’t those that were signed/);
  });
});
