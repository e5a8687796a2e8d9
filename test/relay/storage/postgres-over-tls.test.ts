import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { openPostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../relay/storage/postgres/postgres-settings.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';

describe.runIf(postgresPrograms !== null)('PostgreSQL over TLS', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let place: PostgresSettings;
  let admin: Client;
  let folder: string;
  let authority: string;

  beforeAll(async () => {
    server = await startPostgres();
    const address = await server.createDatabase('over_tls');
    place = postgresPlace(address);
    admin = new Client({ connectionString: address });
    await admin.connect();
    folder = mkdtempSync(join(tmpdir(), 'causeway-tls-'));
    const { ca, certPath, keyPath } = await makeDemoCertificates(folder);
    authority = ca;
    await present({ cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') });
  }, 60_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lets the server show this certificate to who connects from now on. */
  async function present(pair: { readonly cert: string; readonly key: string }): Promise<void> {
    const { uid, gid } = statSync(server.socketFolder);
    for (const [name, text] of Object.entries(pair)) {
      const path = join(server.socketFolder, `server.${name}`);
      writeFileSync(path, text, { mode: 0o600 });
      chownSync(path, uid, gid);
      await admin.query(`ALTER SYSTEM SET ssl_${name}_file = '${path}'`);
    }
    await admin.query(`ALTER SYSTEM SET ssl = 'on'`);
    await admin.query('SELECT pg_reload_conf()');
  }
  const over = (given: Partial<PostgresSettings>): PostgresSettings => ({ ...place, tls: { ca: authority }, ...given });
  const isEncrypted = async (settings: PostgresSettings): Promise<readonly unknown[]> => {
    const question = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    const pool = connectPostgres(settings, pino({ level: 'silent' }), { migrations: [] });
    try {
      const { rows } = await pool.run((database) => sql<{ ssl: boolean }>`${sql.raw(question)}`.execute(database));
      const client = await openPostgresClient(settings, { migrations: [] });
      const one = await client.query(question);
      await client.close();
      return [...rows, ...one.rows].map(({ ssl }) => ssl as unknown);
    } finally {
      await pool.close();
    }
  };

  it('is spoken by the pool and by single connections, by name and by address', async () => {
    // The server reads its settings when it gets to it.
    await vi.waitFor(async () => expect(await isEncrypted(over({}))).toEqual([true, true]), { timeout: 20_000 });
    expect(await isEncrypted(over({ host: 'localhost' }))).toEqual([true, true]);
  });

  it('is refused when another authority, or that of the system, is asked for', async () => {
    const other = await makeDemoCertificates(join(folder, 'other'));
    for (const tls of [{ ca: other.ca }, {}])
      await expect(isEncrypted(over({ tls }))).rejects.toMatchObject({
        code: 'shared-state-unavailable',
        message: expect.stringMatching(/certificate/),
      });
  });

  it('is refused when the certificate is another server’s', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'db.example.com' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2 as const, value: 'db.example.com' }] }],
    });
    await present({ cert, key });
    await vi.waitFor(
      () =>
        expect(isEncrypted(over({ tls: { ca: cert } }))).rejects.toMatchObject({
          code: 'shared-state-unavailable',
          message: expect.stringMatching(/does not match certificate/),
        }),
      { timeout: 20_000 },
    );
  });

  it('isn’t given up for a server that speaks none', async () => {
    await admin.query(`ALTER SYSTEM SET ssl = 'off'`);
    await admin.query('SELECT pg_reload_conf()');
    await vi.waitFor(
      () => expect(isEncrypted(over({}))).rejects.toMatchObject({ message: expect.stringMatching(/SSL/) }),
      { timeout: 20_000 },
    );
  });
});
