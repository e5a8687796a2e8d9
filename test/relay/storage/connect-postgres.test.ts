import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessError } from '../../../shared/errors.ts';
import { parsePostgresAddress } from '../../../relay/storage/postgres/postgres-address.ts';
import {
  connectPostgres,
  type PostgresConnection,
  type PostgresOptions,
} from '../../../relay/storage/postgres/connect-postgres.ts';
import { migratePostgres } from '../../../relay/storage/postgres/migrate-postgres.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';

interface Tables {
  readonly thing: { name: string };
}
const one = { domain: 'things', steps: ['CREATE TABLE thing (name TEXT PRIMARY KEY)'] };
const two = { domain: 'things', steps: [...one.steps, "INSERT INTO thing VALUES ('second step')"] };

describe.runIf(postgresPrograms !== null)('a connection to PostgreSQL', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  const open: PostgresConnection[] = [];
  const connect = (address: string, options: Partial<PostgresOptions> = {}): PostgresConnection => {
    const parsed = parsePostgresAddress(address);
    if (parsed.status === 'bad') throw new Error(parsed.why);
    const { sslmode: _mode, sslrootcert: _ca, sslcert: _cert, sslkey: _key, ...place } = parsed.address;
    const connection = connectPostgres({ ...place, tls: null }, pino({ enabled: false }), {
      migrations: [one],
      ...options,
    });
    open.push(connection);
    return connection;
  };
  const names = (connection: PostgresConnection): Promise<string[]> =>
    connection.run<Tables, string[]>(async (database) =>
      (await database.selectFrom('thing').select('name').orderBy('name').execute()).map(({ name }) => name),
    );
  const put = (connection: PostgresConnection, name: string): Promise<unknown> =>
    connection.run<Tables, unknown>((database) => database.insertInto('thing').values({ name }).execute());

  beforeAll(async () => void (server = await startPostgres()));
  afterEach(async () => {
    for (const connection of open.splice(0)) await connection.close();
  });
  afterAll(() => server.stop());

  it('makes its tables once, also when many relays begin together', async () => {
    const address = await server.createDatabase();
    const relays = Array.from({ length: 6 }, () => connect(address));
    await Promise.all(relays.map((relay) => relay.untilReady()));
    await put(relays[0] ?? connect(address), 'a');
    expect(await names(relays[5] ?? connect(address))).toEqual(['a']);
  });

  it('takes tables on to a newer version, and then refuses an older relay', async () => {
    const address = await server.createDatabase();
    await connect(address).untilReady();
    await connect(address, { migrations: [two] }).untilReady();
    const older = connect(address);
    const refused = { code: 'bad-config', message: expect.stringMatching(/things.*newer relay.*version 2.*knows 1/) };
    await expect(older.untilReady()).rejects.toMatchObject(refused);
    await expect(names(older)).rejects.toMatchObject(refused);
    expect(await names(connect(address, { migrations: [two] }))).toEqual(['second step']);
  });

  it('does all of a transaction or nothing', async () => {
    const connection = connect(await server.createDatabase());
    const work = connection.transaction<Tables, void>(async (transaction) => {
      await transaction.insertInto('thing').values({ name: 'lost' }).execute();
      throw new AccessError('bad-input', 'No.');
    });
    await expect(work).rejects.toMatchObject({ code: 'bad-input' });
    expect(await names(connection)).toEqual([]);
  });

  it('fails a transaction whose connection breaks between two statements, and nothing else', async () => {
    const connection = connect(await server.createDatabase());
    const work = connection.transaction<Tables, void>(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction);
      process.kill(rows[0]?.pid ?? 0, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await transaction.insertInto('thing').values({ name: 'lost' }).execute();
    });
    await expect(work).rejects.toMatchObject({ code: 'shared-state-unavailable' });
    await put(connection, 'after');
    expect(await names(connection)).toEqual(['after']);
  });

  it('fails while the server is gone, and works again by itself', async () => {
    const connection = connect(await server.createDatabase());
    await put(connection, 'kept');
    await server.kill();
    // Its processes notice one by one that the first of them is gone.
    const outcome = (): Promise<string> =>
      names(connection).then(
        () => 'answered',
        (error: AccessError) => error.code,
      );
    await expect.poll(outcome).toBe('shared-state-unavailable');
    await server.restart();
    await connection.untilReady();
    expect(await names(connection)).toEqual(['kept']);
  });

  it('gives up a server that doesn’t answer any more, and takes another connection', async () => {
    const connection = connect(await server.createDatabase(), { maxConnections: 1, statementMs: 400 });
    const pid = await connection.run<Tables, number>(async (database) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(database);
      return rows[0]?.pid ?? 0;
    });
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(names(connection)).rejects.toMatchObject({ code: 'shared-state-unavailable' });
      expect(await names(connection)).toEqual([]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('refuses a server that is older than it needs, in words', async () => {
    const address = new URL(await server.createDatabase());
    const pool = new Pool({ connectionString: address.href });
    const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    const tooOld = migratePostgres(database, [one], 990_000);
    await expect(tooOld).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/^The storage is PostgreSQL \d+; the relay needs 99 or newer/),
    });
    await migratePostgres(database, [one]);
    await database.destroy();
  });

  it('says what the server says', async () => {
    const address = await server.createDatabase();
    const wrong = connect(address.replace('test-password', 'other'));
    await expect(names(wrong)).rejects.toThrow(/PostgreSQL.*password authentication failed/);
    const missing = connect(address.replace(/\/[^/]*$/, '/nothere'));
    await expect(names(missing)).rejects.toThrow(/database "nothere" does not exist/);
  });
});
