import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { auditFiles } from '../../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import type { AuditRecord } from '../../../../relay/audit/audit-record.ts';
import { openFolderSealer } from '../../../../relay/audit/folder-sealer.ts';
import { didErase, exchangeKeys, hasUnshared } from '../../../../relay/audit/keys/exchange-keys.ts';
import { openKeyDatabase } from '../../../../relay/audit/keys/key-database.ts';
import { createRevealer } from '../../../../relay/audit/keys/revealer.ts';
import { changingKeys, keyMigrations } from '../../../../relay/audit/keys/shared-key-tables.ts';
import { createSharedRevealer } from '../../../../relay/audit/keys/shared-revealer.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { openPostgresClient, type PostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { alice, decision, temporaryFolder } from '../audit-fixtures.ts';
import { recordsOfZoe, zoe, zoesBytes } from '../personal-records.ts';

describe.runIf(postgresPrograms !== null)('keys of relays that share a storage', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let sql: PostgresClient;

  const connect = async (): Promise<PostgresClient> => {
    const client = await openPostgresClient(postgresPlace(await server.createDatabase()), {
      migrations: [keyMigrations],
    });
    onTestFinished(() => client.close());
    return client;
  };
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());
  beforeEach(async () => void (sql = await connect()));

  /** A relay’s folder, which writes and reads whether the storage is there or not. */
  const relayNamed = (relay: string, refusedDays?: number) => {
    const path = auditFiles(temporaryFolder()).keys;
    const sealer = openFolderSealer(path, { erasable: true, refusedDays });
    const revealer = createRevealer(path);
    const database: DatabaseSync = openKeyDatabase(path);
    onTestFinished(() => {
      sealer.close();
      revealer.close();
      database.close();
    });
    return {
      relay,
      database,
      sealer,
      seal: (record: AuditRecord): string => sealer.seal([auditLine(record)])[0] ?? '',
      reveal: (line: string): string => {
        revealer.close();
        return revealer.reveal(line);
      },
      exchange: () => exchangeKeys(sql, database, relay),
      didErase: (number: number) => didErase(sql, database, relay, number),
    };
  };
  const shared = async (line: string): Promise<string> => {
    const revealer = createSharedRevealer(sql);
    await revealer.prepare([line]);
    return revealer.reveal(line);
  };
  const keyOf = (line: string): string => /"sealed":"([\w-]+)"/.exec(line)?.[1] ?? '';
  const ofZoe = (requestId = 'r1'): AuditRecord => decision(requestId, { caller: zoe });
  /** As the command does: keys go, and each relay is told whom to forget. */
  const eraseZoe = (timeMs = Date.now() + 1): Promise<unknown> =>
    changingKeys(sql, async () => {
      const { rows } = await sql.query('DELETE FROM audit_key WHERE subject = $1 RETURNING id', [zoe.subject]);
      const [first] = rows.map((row) => String(row['id'])).toSorted();
      for (const { id } of rows)
        await sql.query('INSERT INTO audit_erased (id, alias, time_ms) VALUES ($1, $2, 1)', [id, first]);
      await sql.query(
        'INSERT INTO audit_erasure (alias, issuer, subject, names, time_ms) VALUES ($1, $2, $3, $4, $5)',
        [first, zoe.issuer, zoe.subject, [zoe.subject, zoe.username], timeMs],
      );
    });

  it('are one for each person, once relays have heard of each other, and open what any of them wrote', async () => {
    const [one, other] = [relayNamed('one'), relayNamed('other')];
    const first = one.seal(ofZoe());
    expect(await shared(first)).toContain('sealed-');
    await one.exchange();
    expect(hasUnshared(one.database)).toBe(false);
    await other.exchange();
    const second = other.seal(ofZoe());
    expect(keyOf(second)).toBe(keyOf(first));
    for (const line of [first, second])
      for (const reveal of [one.reveal, other.reveal, shared]) expect(await reveal(line)).toBe(auditLine(ofZoe()));
  });

  it('are several for who came to two relays at once, and the same one of them from then on', async () => {
    const [one, other] = [relayNamed('one'), relayNamed('other')];
    const lines = [one.seal(ofZoe()), other.seal(ofZoe())];
    expect(keyOf(lines[0] ?? '')).not.toBe(keyOf(lines[1] ?? ''));
    for (const { exchange } of [one, other, one]) await exchange();
    const least = lines.map(keyOf).toSorted()[0];
    expect([one, other].map(({ seal }) => keyOf(seal(ofZoe('later'))))).toEqual([least, least]);
    for (const line of lines)
      for (const reveal of [one.reveal, other.reveal, shared]) expect(await reveal(line)).toBe(auditLine(ofZoe()));
  });

  it('open every kind of record in the storage, and leave nothing of the person there once they are gone', async () => {
    const one = relayNamed('one', 3);
    one.seal(ofZoe());
    const lines = recordsOfZoe.map(([, record]) => ({ record, line: one.seal(record) }));
    await one.exchange();
    for (const { record, line } of lines) expect(await shared(line)).toBe(auditLine(record));
    await eraseZoe();
    for (const { line } of lines) {
      const left = await shared(line);
      expect(zoesBytes.filter((bytes) => left.includes(bytes))).toEqual([]);
      expect(left).not.toContain('"sealed"');
    }
  });

  it('are thrown away at every relay, by one name, also one that was made before its relay heard of it', async () => {
    const [one, other, away] = [relayNamed('one'), relayNamed('other'), relayNamed('away')];
    await away.exchange();
    const unheard = away.seal(ofZoe());
    const lines = [one.seal(ofZoe()), other.seal(ofZoe()), unheard];
    for (const { exchange } of [one, other, one]) await exchange();
    await eraseZoe();
    const alias = `erased-${lines.slice(0, 2).map(keyOf).toSorted()[0]}`;
    for (const relay of [one, other, away]) {
      const pending = await relay.exchange();
      expect(pending).toMatchObject([{ issuer: zoe.issuer, subject: zoe.subject, names: expect.any(Array) }]);
      expect(relay.database.prepare('SELECT count(*) AS count FROM person').get()).toEqual({ count: 0 });
      const { rows } = await sql.query('SELECT count(*)::int AS count FROM audit_erasure');
      // The name stays for as long as some relay has still to forget it.
      expect(rows).toEqual([{ count: 1 }]);
      await relay.didErase(pending[0]?.number ?? 0);
      expect(await relay.exchange()).toEqual([]);
    }
    for (const { exchange } of [one, other, away]) await exchange();
    for (const line of lines)
      for (const reveal of [one.reveal, other.reveal, away.reveal, shared]) expect(await reveal(line)).toContain(alias);
    for (const table of ['audit_key', 'audit_key_name', 'audit_erasure'])
      expect([table, (await sql.query(`SELECT * FROM ${table}`)).rows]).toEqual([table, []]);
    // Who comes back is somebody else.
    expect(one.reveal(one.seal(ofZoe('again')))).toBe(auditLine(ofZoe('again')));
  });

  it('of who came back stay, whenever a relay hears of the erasure, and in a folder that begins anew', async () => {
    const [one, late] = [relayNamed('one'), relayNamed('late')];
    const before = one.seal(ofZoe());
    for (const { exchange } of [one, late]) await exchange();
    await eraseZoe(Date.now() - 1);
    for (const { number } of await one.exchange()) await one.didErase(number);
    const since = one.seal(ofZoe('since'));
    await one.exchange();
    const anew = relayNamed('one');
    const there = anew.seal(ofZoe('there'));
    for (const { exchange } of [late, late, anew, late, one]) await exchange();
    for (const reveal of [one.reveal, late.reveal, anew.reveal, shared]) {
      expect(await reveal(before)).toContain('erased-');
      expect(await reveal(since)).toBe(auditLine(ofZoe('since')));
      expect(await reveal(there)).toBe(auditLine(ofZoe('there')));
    }
  });

  it('leave no name waiting for a relay that is gone for good, and none of their bytes come back with it', async () => {
    const [one, gone] = [relayNamed('one'), relayNamed('gone')];
    const line = one.seal(ofZoe());
    for (const { exchange } of [one, gone]) await exchange();
    await eraseZoe();
    for (const { number } of await one.exchange()) await one.didErase(number);
    const named = async (): Promise<unknown> =>
      (await sql.query('SELECT count(*)::int AS count FROM audit_erasure')).rows[0]?.['count'];
    const wasSeen = (relay: string, ago: string): Promise<unknown> =>
      sql.query('UPDATE audit_key_relay SET seen_at = now() - $2::interval WHERE relay = $1', [relay, ago]);
    const looks: readonly (readonly [gone: string, left: number])[] = [
      ['29 days', 1],
      ['31 days', 0],
    ];
    for (const [ago, left] of looks) {
      await wasSeen('gone', ago);
      await wasSeen('one', '2 minutes');
      await one.exchange();
      expect([ago, await named()]).toEqual([ago, left]);
    }
    await gone.exchange();
    expect(gone.reveal(line)).toContain('erased-');
    expect((await sql.query('SELECT * FROM audit_key')).rows).toEqual([]);
    await wasSeen('one', '40 days');
    await one.exchange();
    expect((await sql.query('SELECT relay FROM audit_key_relay ORDER BY relay')).rows).toEqual([
      { relay: 'gone' },
      { relay: 'one' },
    ]);
  });

  it('of names that come later are known everywhere, too', async () => {
    const [one, other] = [relayNamed('one'), relayNamed('other')];
    one.seal(ofZoe());
    for (const { exchange } of [one, other]) await exchange();
    one.seal(decision('r2', { caller: { ...zoe, username: 'zoe.married@corp.example' } }));
    for (const { exchange } of [one, other]) await exchange();
    const sealed = other.seal({
      type: 'access',
      timeMs: 1,
      event: 'approved',
      grant: 'g',
      requester: { issuer: alice.issuer, subject: alice.subject, username: alice.username },
      api: null,
      role: 'r',
      hours: 1,
      expiresAtMs: null,
      by: 'zoe.married@corp.example',
      note: '',
    });
    expect(sealed).not.toContain('zoe.quint');
    expect(await shared(sealed)).toContain('"by":"zoe.married@corp.example"');
  });

  it('of days of refused sign-ins go everywhere when one relay drops them', async () => {
    const [one, other] = [relayNamed('one', 3), relayNamed('other', 3)];
    const day = 20_000;
    const lines = [one, other].map(({ seal }) =>
      seal({
        type: 'authentication-refused',
        timeMs: day * dayMs,
        remoteAddress: '10.0.0.9',
        code: 'token-expired',
        detail: '',
        claimed: null,
      }),
    );
    for (const { exchange } of [one, other]) await exchange();
    for (const line of lines) expect(await shared(line)).toContain('10.0.0.9');
    one.sealer.dropOldDays((day + 3) * dayMs);
    await one.exchange();
    expect(await shared(lines[0] ?? '')).not.toContain('10.0.0.9');
    expect(await shared(lines[1] ?? '')).toContain('10.0.0.9');
    other.sealer.dropOldDays((day + 3) * dayMs);
    await other.exchange();
    expect(await shared(lines[1] ?? '')).not.toContain('10.0.0.9');
  });

  it('are told anew to a storage that lost them, and what was thrown away stays so there', async () => {
    const one = relayNamed('one');
    const [ofHers, ofHis] = [one.seal(ofZoe()), one.seal(decision('r2', { caller: alice }))];
    await one.exchange();
    await sql.query('CREATE TABLE kept AS SELECT * FROM audit_key');
    await eraseZoe();
    for (const { number } of await one.exchange()) await one.didErase(number);
    await sql.query('TRUNCATE audit_key, audit_key_name, audit_erased, audit_erasure, audit_key_relay');
    await sql.query('INSERT INTO audit_key SELECT * FROM kept WHERE subject = $1', [zoe.subject]);
    await sql.query(`SELECT setval('audit_key_number', 2)`);
    await one.exchange();
    expect(await shared(ofHers)).toContain('erased-');
    expect(await shared(ofHis)).toContain('alice');
    const other = relayNamed('other');
    await other.exchange();
    expect(other.reveal(ofHers)).toContain('erased-');
  });

  it('are left out for who may read records alone', async () => {
    const one = relayNamed('one');
    const line = one.seal(ofZoe());
    await one.exchange();
    await sql.query('CREATE ROLE reader_of_records');
    await sql.query('SET ROLE reader_of_records');
    expect(await shared(line)).toContain('sealed-');
    await sql.query('RESET ROLE');
    expect(await shared(line)).toBe(auditLine(ofZoe()));
  });
});
