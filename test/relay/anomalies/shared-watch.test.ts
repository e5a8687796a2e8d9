import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anomaliesReport } from '../../../relay/anomalies/anomalies-report.ts';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import { followShared, type SharedSearch } from '../../../relay/anomalies/follow-shared.ts';
import { anomalyMigrations } from '../../../relay/anomalies/shared-tables.ts';
import { openSharedWatch, type SharedWatch } from '../../../relay/anomalies/shared-watch.ts';
import { openWatch } from '../../../relay/anomalies/watch-audit.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { auditTables } from '../../../relay/audit/shared/tables.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { openCounts } from '../../../relay/reports/open-counts.ts';
import { openPostgresClient, type PostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';
import { shipFolder } from '../audit/shared/ship-folder.ts';
import { writeAudit } from '../reports/audit-of.ts';
import { before, rules } from './each-rule.ts';

const settings = anomaliesSchema.parse({});
const counted = ['denial-burst', 'path-scan', 'two-places', 'refused-sign-ins'];
const all = [...before, ...rules.flatMap(([, , , records]) => records)].toSorted(
  (one, other) => one.timeMs - other.timeMs,
);

/** What each of two relays has: of a person, or an address, in turns; what one does at both is of two tunnels, and one sign-in. */
const halves = ((): readonly [AuditRecord[], AuditRecord[]] => {
  const found: [AuditRecord[], AuditRecord[]] = [[], []];
  const turns = new Map<string, number>();
  const relayOf = new Map<string, 0 | 1>();
  for (const record of all) {
    if (record.type === 'outcome') {
      found[relayOf.get(record.requestId) ?? 0].push(record);
      continue;
    }
    const who = record.type === 'decision' ? record.caller.username : '';
    const turn = turns.get(who) ?? 0;
    turns.set(who, turn + 1);
    const relay = turn % 4 < 2 ? 0 : 1;
    if (record.type !== 'decision') {
      found[relay].push(record);
      continue;
    }
    relayOf.set(record.requestId, relay);
    const tunnel = { sessionId: `${record.caller.sessionId}-${relay}`, signIn: `s-${who}` };
    found[relay].push({ ...record, caller: { ...record.caller, ...tunnel } });
  }
  return found;
})();
const half = (index: number): readonly AuditRecord[] => halves[index] ?? [];
const whatOf = ({ rule, person, remoteAddress }: Finding): string => `${rule} ${person?.username ?? remoteAddress}`;
const expected = rules.map(([rule, person]) => `${rule} ${person ?? '198.51.100.7'}`).toSorted();

describe.runIf(postgresPrograms !== null)('the search over two relays', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let folders: readonly string[];
  beforeAll(async () => void (server = await startPostgres()));
  afterAll(() => server.stop());

  /** A storage with the audits of both, as far as they go. */
  async function newStorage(upTo = all.length): Promise<PostgresSettings> {
    const storage = postgresPlace(await server.createDatabase());
    folders = [temporaryFolder(), temporaryFolder()];
    for (const [index, dataDir] of folders.entries()) {
      await writeAudit(dataDir, half(index).slice(0, upTo));
      await shipFolder(dataDir, storage, `r-${index}`);
    }
    return storage;
  }
  const connect = (storage: PostgresSettings): Promise<PostgresClient> =>
    openPostgresClient(storage, { migrations: [auditTables, anomalyMigrations] });
  const whole = async (watch: SharedWatch): Promise<readonly string[]> => {
    while (await watch.step());
    return (await watch.unrecorded()).map(whatOf).toSorted();
  };

  it('finds what neither of them sees alone, as one relay would that had it all', async () => {
    const sql = await connect(await newStorage());
    const shared = await openSharedWatch(sql, { settings, lagMs: 0 });
    expect(await whole(shared)).toEqual(expected);
    const found = await shared.unrecorded();
    await shared.recorded(found);
    await shared.forgetAddresses(Date.now());
    const { rows: left } = await sql.query('SELECT record FROM anomaly_finding');
    expect(left.map(({ record }) => String(record)).join()).not.toContain('198.51.100.7');
    expect(left.filter(({ record }) => String(record).includes('"detail":"(erased)"'))).toHaveLength(1);
    await sql.close();
    for (const dataDir of folders) {
      const alone = openWatch(dataDir, settings);
      while (alone.step());
      expect(alone.unrecorded().filter(({ rule }) => counted.includes(rule))).toEqual([]);
      alone.close();
    }
    const alone = temporaryFolder();
    await writeAudit(alone, all);
    const watch = openWatch(alone, settings);
    while (watch.step());
    expect(watch.unrecorded().map(whatOf).toSorted()).toEqual(expected);
    watch.close();
  });

  it('goes on where the one before was killed, with what that had seen within the minutes of a rule', async () => {
    // In the middle of what looks for paths.
    const middle = Math.floor(half(0).length / 2);
    const storage = await newStorage(middle);
    const killed = await connect(storage);
    const first = await openSharedWatch(killed, { settings, lagMs: 0 });
    while (await first.step());
    await killed.close();
    for (const [index, dataDir] of folders.entries()) {
      await writeAudit(dataDir, half(index).slice(middle));
      await shipFolder(dataDir, storage, `r-${index}`);
    }
    const sql = await connect(storage);
    expect(await whole(await openSharedWatch(sql, { settings, lagMs: 0 }))).toEqual(expected);
    await sql.close();
  });

  it('is given up by a relay that can’t write what it finds, and done by another', async () => {
    const storage = await newStorage();
    const told: [string, string][] = [];
    const troubles: (string | null)[] = [];
    const running: Record<string, SharedSearch> = {};
    const search = (name: string, canWrite: boolean, restMs: number): SharedSearch =>
      followShared({
        postgres: storage,
        settings,
        pollMs: 20,
        lagMs: 0,
        restMs,
        onFinding({ id }) {
          told.push([name, id]);
          running[name]?.written(id, canWrite);
        },
        onTrouble: (reason) => troubles.push(reason),
      });
    const toldBy = (one: string): readonly string[] => told.flatMap(([name, id]) => (name === one ? [id] : []));
    running['full'] = search('full', false, 3_600_000);
    await vi.waitFor(() => expect(toldBy('full').length).toBeGreaterThan(0), { timeout: 60_000 });
    running['other'] = search('other', true, 3_600_000);
    await vi.waitFor(() => expect(toldBy('other')).toHaveLength(expected.length), { timeout: 60_000 });
    running['other'].close();
    running['full'].close();
    expect(new Set(toldBy('full')).size).toBe(toldBy('full').length);
    expect(troubles).toEqual([]);
  });

  it('asks for the search again once its rest is over', async () => {
    const storage = await newStorage();
    const told: string[] = [];
    const alone = followShared({
      postgres: storage,
      settings,
      pollMs: 20,
      lagMs: 0,
      restMs: 50,
      onFinding({ id }) {
        told.push(id);
        alone.written(id, told.length > expected.length * 2);
      },
      onTrouble: () => undefined,
    });
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(expected.length * 2), { timeout: 60_000 });
    alone.close();
  });

  it('keeps what is fresh when it begins, and tells it before all of many records are looked at', async () => {
    const storage = await newStorage();
    const sql = await connect(storage);
    let nowMs = Date.now();
    const watch = await openSharedWatch(sql, { settings, lagMs: 0, now: () => nowMs });
    expect(await watch.behind()).toBe(all.length);
    // What takes so long that all of it is older than a day by then.
    nowMs += 48 * 3_600_000;
    await watch.step();
    const lastMs = Math.max(...all.map(({ timeMs }) => timeMs));
    const found = await watch.unrecorded();
    expect(found.map(whatOf).toSorted()).toEqual(expected);
    const early = found.filter(({ timeMs }) => timeMs <= lastMs - 5 * 60_000).map(({ id }) => id);
    expect((await watch.settled()).map(({ id }) => id)).toEqual(early);
    expect(await watch.behind()).toBe(0);
    await sql.close();
  });

  it('is done at one relay at a time, tells each finding once, and goes on at the other', async () => {
    const storage = await newStorage();
    const told: [string, Finding][] = [];
    const troubles: string[] = [];
    const search = (name: string): SharedSearch =>
      followShared({
        postgres: storage,
        settings,
        pollMs: 20,
        lagMs: 0,
        onFinding: (finding) => {
          told.push([name, finding]);
          running[name]?.written(finding.id, name === 'one');
        },
        onTrouble: (reason) => reason !== null && troubles.push(reason),
      });
    const running: Record<string, SharedSearch> = {};
    running['one'] = search('one');
    await vi.waitFor(() => expect(told).toHaveLength(expected.length), { timeout: 60_000 });
    running['other'] = search('other');
    const report = async (): Promise<readonly string[]> => {
      const [dataDir = ''] = folders;
      const usage = await openCounts({ dataDir, shared: { postgres: storage, relay: 'r-0' } });
      const period = { fromHour: 0, toHour: Math.ceil(Date.now() / 3_600_000) + 1 };
      const config = { relay: { data: dataDir }, apis: [] };
      const shared = { postgres: storage, relay: 'r-0' };
      const { rows, relays } = await anomaliesReport(config as never, { usage, shared }, { period });
      await usage.close();
      expect(relays).toBe(2);
      return rows.map(({ rule, person, remoteAddress }) => `${String(rule)} ${String(person ?? remoteAddress)}`);
    };
    expect((await report()).toSorted()).toEqual(expected);
    running['one'].close();
    // What the first one has written is never told again; something new is, by the other.
    const [dataDir = ''] = folders;
    const guesses = rules.find(([rule]) => rule === 'refused-sign-ins')?.[3] ?? [];
    await writeAudit(
      dataDir,
      guesses.map((record) => ({ ...record, remoteAddress: '203.0.113.9' }) as AuditRecord),
    );
    await shipFolder(dataDir, storage, 'r-0');
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(expected.length), { timeout: 60_000 });
    running['other'].close();
    expect(troubles).toEqual([]);
    expect(told.map(([name]) => name)).toEqual([
      ...expected.map(() => 'one'),
      ...told.slice(expected.length).map(() => 'other'),
    ]);
    expect(new Set(told.slice(expected.length).map(([, { remoteAddress }]) => remoteAddress))).toEqual(
      new Set(['203.0.113.9']),
    );
  });
});
