import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIndexKeeper } from '../../../../relay/audit/shared/keep-index.ts';
import { termOf } from '../../../../relay/audit/shared/index-terms.ts';
import { openSharedSource } from '../../../../relay/audit/shared/shared-source.ts';
import { openPostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { alice, append, decision, openAudit, temporaryFolder } from '../audit-fixtures.ts';
import { shipFolder } from './ship-folder.ts';

describe.runIf(postgresPrograms !== null)('the index in PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let storage: PostgresSettings;
  beforeAll(async () => {
    server = await startPostgres();
    storage = postgresPlace(await server.createDatabase());
  });
  afterAll(() => server.stop());

  it('finds a device by its name in what an older relay indexed, and makes that anew', async () => {
    const path = temporaryFolder();
    const audit = await openAudit(path);
    const device = 'LAPTOP-7, macOS 27';
    const many = Array.from({ length: 32_800 }, (_, at) =>
      append(audit, decision(`d${at}`, at === 5 ? { caller: { ...alice, device } } : {})),
    );
    expect((await Promise.all(many)).every((error) => error === null)).toBe(true);
    await audit.close();
    await shipFolder(path, storage, 'r-older');
    const sql = await openPostgresClient(storage, { migrations: [] });
    const short = 'LAPTOP-7';
    await sql.query(
      `UPDATE audit_segment SET head = replace(head, '"version":3', '"version":2') WHERE relay = 'r-older'`,
    );
    const gone = await sql.query(`DELETE FROM audit_term WHERE relay = 'r-older' AND term = $1`, [
      termOf('device', short, null),
    ]);
    expect(gone.rowCount).toBe(1);
    const source = await openSharedSource({ storage, relay: 'r-older' });
    const found = async (): Promise<number> => {
      let count = 0;
      for await (const _entry of source.newestFirst({ device: short })) count += 1;
      return count;
    };
    expect(await found()).toBe(1);
    await source.requireKnownNames({ device: short });
    const keeper = createIndexKeeper(sql, 'r-older');
    expect([await keeper.update(), await keeper.update()]).toEqual([true, false]);
    const { rows } = await sql.query(
      `SELECT count(*)::int AS count FROM audit_term WHERE relay = 'r-older' AND term = $1`,
      [termOf('device', short, null)],
    );
    expect(rows).toEqual([{ count: 1 }]);
    expect(await found()).toBe(1);
    await source.close();
    await sql.close();
  });
});
