import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addLock, listLocks } from '../../../relay/administration/locks.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { freePort } from '../../support/free-port.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { minimalConfig } from '../config/config-folder.ts';

describe.runIf(postgresPrograms !== null)('the password of the storage, from a file,', { timeout: 120_000 }, () => {
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
    const settings = loaded.storage;
    if (settings === undefined) throw new Error('there is a storage');
    let isOver = false;
    const failures: string[] = [];
    let count = 0;
    const asking = (async () => {
      while (!isOver) {
        // Connections of before go on in any case: each time there are new ones.
        const pool = connectPostgres(settings, pino({ level: 'silent' }), { migrations: [] });
        try {
          await pool.run((database) => sql`SELECT 1`.execute(database));
          await listLocks({ dataDir: loaded.config.relay.data, storage: settings }, { all: true }, Date.now());
        } catch (error) {
          failures.push(String(error));
        }
        await pool.close();
        count += 1;
      }
    })();
    try {
      await vi.waitFor(() => expect(count).toBeGreaterThan(3), 20_000);
      await admin.query("ALTER ROLE relay PASSWORD 'second'");
      await new Promise((resolve) => setTimeout(resolve, 300));
      put('second');
      const changedAt = count;
      await vi.waitFor(() => expect(count).toBeGreaterThan(changedAt + 3), 20_000);
      const target = { type: 'person', who: 'mallory', issuer: null } as const;
      const place = { dataDir: loaded.config.relay.data, storage: settings };
      await addLock(place, target, { author: 'dana', reason: 'Test', untilMs: null }, Date.now());
      expect(await listLocks(place, { all: false }, Date.now())).toHaveLength(1);
    } finally {
      isOver = true;
      await asking;
      await relay.close();
    }
    expect(failures).toEqual([]);
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
