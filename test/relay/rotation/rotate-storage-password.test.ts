import { chownSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addLock, listLocks } from '../../../relay/administration/locks.ts';
import { loadConfig, type LoadedConfig } from '../../../relay/config/load-config.ts';
import { needsRestart } from '../../../relay/config/needs-restart.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { openPostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../relay/storage/postgres/postgres-settings.ts';
import { freePort } from '../../support/free-port.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { minimalConfig } from '../config/config-folder.ts';

describe.runIf(postgresPrograms !== null)('the sign-in at the storage, from a file,', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let address: string;
  let folder: string;
  let admin: Client;
  beforeAll(async () => {
    server = await startPostgres();
    address = await server.createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'causeway-password-'));
    admin = new Client({ connectionString: address });
    await admin.connect();
    await admin.query("CREATE ROLE relay LOGIN PASSWORD 'first'");
    await admin.query('GRANT ALL ON SCHEMA public TO relay');
  });
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const put = (password: string): void => {
    writeFileSync(join(folder, 'password.new'), `${password}\n`, { mode: 0o600 });
    renameSync(join(folder, 'password.new'), join(folder, 'password'));
  };
  const storage = (): string => {
    const url = new URL(address);
    return `postgres://relay@${url.host}${url.pathname}?password_file=password`;
  };
  const load = async (text: string) => {
    const path = join(folder, 'relay.yaml');
    const relay = `  listen: { port: ${await freePort()} }\n  data: data`;
    writeFileSync(path, `${minimalConfig({ relay })}storage: ${JSON.stringify(text)}\n`, { mode: 0o600 });
    return loadConfig(path);
  };

  const settingsOf = ({ storage: settings }: LoadedConfig): PostgresSettings => {
    if (settings === undefined) throw new Error('there is a storage');
    return settings;
  };
  /** The role that a new connection signs in as. */
  const whoSignsIn = async (loaded: LoadedConfig): Promise<unknown> => {
    const client = await openPostgresClient(settingsOf(loaded), { migrations: [] });
    const { rows } = await client.query('SELECT session_user AS role');
    await client.close();
    return rows[0]?.['role'];
  };
  /** Asks on connections that are made anew each time, as those of before go on in any case; nothing may fail. */
  const whileAsked = async (
    loaded: LoadedConfig,
    work: (goesOn: () => Promise<void>) => Promise<void>,
  ): Promise<void> => {
    const settings = settingsOf(loaded);
    const place = { dataDir: loaded.config.relay.data, storage: settings };
    let isOver = false;
    const failures: string[] = [];
    let count = 0;
    const asking = (async () => {
      while (!isOver) {
        const pool = connectPostgres(settings, pino({ level: 'silent' }), { migrations: [] });
        try {
          await pool.run((database) => sql`SELECT 1`.execute(database));
          await listLocks(place, { all: true }, Date.now());
        } catch (error) {
          failures.push(String(error));
        }
        await pool.close();
        count += 1;
      }
    })();
    const goesOn = async (): Promise<void> => {
      const before = count;
      await vi.waitFor(() => expect(count).toBeGreaterThan(before + 3), 20_000);
    };
    try {
      await goesOn();
      await work(goesOn);
      const target = { type: 'person', who: 'mallory', issuer: null } as const;
      await addLock(place, target, { author: 'dana', reason: 'Test', untilMs: null }, Date.now());
      expect(await listLocks(place, { all: false }, Date.now())).not.toEqual([]);
    } finally {
      isOver = true;
      await asking;
    }
    expect(failures).toEqual([]);
  };

  it('stands nowhere else, and must be closed to others', async () => {
    put('first');
    const withBoth = storage().replace('relay@', 'relay:first@');
    await expect(load(withBoth)).rejects.toThrow('has a password and a password_file');
    await expect(load(storage().replace('=password', '=nope'))).rejects.toThrow('doesn’t exist');
    writeFileSync(join(folder, 'open'), 'first', { mode: 0o644 });
    await expect(load(storage().replace('=password', '=open'))).rejects.toThrow('others on this system can read');
    const { storage: settings } = await load(storage());
    expect(settings).toMatchObject({ password: undefined, passwordFile: join(folder, 'password') });
  });

  it('is changed while a relay runs: what is asked meanwhile waits for the file, and nothing fails', async () => {
    put('first');
    const loaded = await load(storage());
    const relay: Relay = await startRelay(loaded, pino({ level: 'silent' }));
    try {
      await whileAsked(loaded, async (goesOn) => {
        await admin.query("ALTER ROLE relay PASSWORD 'second'");
        await new Promise((resolve) => setTimeout(resolve, 300));
        put('second');
        await goesOn();
      });
    } finally {
      await relay.close();
    }
  });

  it('whole, address and all, is changed to a second role’s by its file while a relay runs', async () => {
    const addressOf = (role: string): string => {
      const url = new URL(address);
      return `postgres://${role}:first@${url.host}${url.pathname}`;
    };
    const putAddress = (role: string): void => {
      writeFileSync(join(folder, 'address.new'), `${addressOf(role)}\n`, { mode: 0o600 });
      renameSync(join(folder, 'address.new'), join(folder, 'address'));
    };
    await admin.query("ALTER ROLE relay PASSWORD 'first'");
    await admin.query("CREATE ROLE relay_2 LOGIN PASSWORD 'first' IN ROLE relay");
    await admin.query('ALTER ROLE relay_2 SET ROLE relay');
    putAddress('relay');
    const loaded = await load('${file:address}');
    const relay = await startRelay(loaded, pino({ level: 'silent' }));
    try {
      await whileAsked(loaded, async (goesOn) => {
        putAddress('relay_2');
        expect(needsRestart(loaded, await loadConfig(join(folder, 'relay.yaml')))).toEqual([]);
        await goesOn();
        await admin.query('ALTER ROLE relay NOLOGIN');
        await goesOn();
      });
      await expect(whoSignsIn(loaded)).resolves.toBe('relay_2');
      writeFileSync(join(folder, 'address'), 'half an addr', { mode: 0o600 });
      await admin.query('ALTER ROLE relay LOGIN');
      await expect(whoSignsIn(loaded)).resolves.toBe('relay');
      putAddress('relay');
      writeFileSync(join(folder, 'address'), addressOf('relay').replace(/\/[^/]*$/, '/elsewhere'), { mode: 0o600 });
      await expect(whoSignsIn(loaded)).resolves.toBe('relay');
      expect(needsRestart(loaded, await loadConfig(join(folder, 'relay.yaml')))).toEqual(['storage']);
    } finally {
      await relay.close();
    }
  });

  it('can be a certificate, which is exchanged while a relay runs', async () => {
    const certified = await startPostgres();
    const user = statSync(certified.socketFolder).uid;
    const into = (name: string, text: string): void => {
      writeFileSync(join(certified.socketFolder, name), text, { mode: 0o600 });
      chownSync(join(certified.socketFolder, name), user, user);
    };
    const [server, first, second] = await Promise.all(
      ['127.0.0.1', 'relay-1', 'relay-2'].map(async (name) =>
        generate([{ name: 'commonName', value: name }], {
          keyType: 'ec',
          algorithm: 'sha256',
          extensions: [{ name: 'subjectAltName', altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }],
        }),
      ),
    );
    if (server === undefined || first === undefined || second === undefined) throw new Error('there are three');
    const superuser = new Client({ connectionString: await certified.createDatabase('certified') });
    await superuser.connect();
    const exchange = ({ cert, private: key }: typeof first): void => {
      for (const [name, text] of [
        ['client.pem', cert],
        ['client.key', key],
      ] as const) {
        writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
        renameSync(join(folder, `${name}.new`), join(folder, name));
      }
    };
    try {
      into('server.pem', server.cert);
      into('server.key', server.private);
      into('clients.pem', `${first.cert}\n${second.cert}`);
      into(
        'data/pg_hba.conf',
        'hostssl all relay 127.0.0.1/32 cert map=relays\nhost all postgres 127.0.0.1/32 scram-sha-256\n',
      );
      into('data/pg_ident.conf', 'relays relay-1 relay\nrelays relay-2 relay\n');
      await superuser.query('CREATE ROLE relay LOGIN');
      await superuser.query('GRANT ALL ON SCHEMA public TO relay');
      for (const [name, value] of [
        ['ssl', 'on'],
        ['ssl_cert_file', join(certified.socketFolder, 'server.pem')],
        ['ssl_key_file', join(certified.socketFolder, 'server.key')],
        ['ssl_ca_file', join(certified.socketFolder, 'clients.pem')],
      ] as const)
        await superuser.query(`ALTER SYSTEM SET ${name} = '${value}'`);
      await superuser.query('SELECT pg_reload_conf()');
      writeFileSync(join(folder, 'server.pem'), server.cert);
      exchange(first);
      const loaded = await load(
        `postgres://relay@127.0.0.1:${certified.port}/certified?sslmode=verify-full&sslrootcert=server.pem&sslcert=client.pem&sslkey=client.key`,
      );
      // The server reads its settings when it gets to it.
      await vi.waitFor(() => whoSignsIn(loaded), { timeout: 20_000, interval: 100 });
      const relay = await startRelay(loaded, pino({ level: 'silent' }));
      try {
        await whileAsked(loaded, async (goesOn) => {
          exchange(second);
          expect(needsRestart(loaded, await loadConfig(join(folder, 'relay.yaml')))).toEqual([]);
          await goesOn();
        });
        into('data/pg_ident.conf', 'relays relay-2 relay\n');
        await superuser.query('SELECT pg_reload_conf()');
        await expect(whoSignsIn(loaded)).resolves.toBe('relay');
      } finally {
        await relay.close();
      }
    } finally {
      await superuser.end();
      await certified.stop();
    }
  });

  it('that stays wrong is refused after some seconds', async () => {
    put('wrong');
    const { storage: settings } = await load(storage());
    if (settings === undefined) throw new Error('there is a storage');
    const pool = connectPostgres(settings, pino({ level: 'silent' }), { migrations: [] });
    await expect(pool.run((database) => sql`SELECT 1`.execute(database))).rejects.toMatchObject({
      code: 'shared-state-unavailable',
    });
    await pool.close();
  });
});
