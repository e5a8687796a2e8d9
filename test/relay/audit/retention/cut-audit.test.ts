import { cpSync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../../../relay/audit/audit-store.ts';
import { formatInclusionProof, proveGrowth, proveRecord } from '../../../../relay/audit/prove-audit.ts';
import { queryAudit } from '../../../../relay/audit/reading/query-audit.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { verifyAudit } from '../../../../relay/audit/verify-audit.ts';
import { readProof } from '../independent-verifier.ts';
import { decision, openAudit, temporaryFolder } from '../audit-fixtures.ts';

const firstDay = 20_000;

/** The audit of a folder with a clock that is put where a test wants it. */
function openAt(dataDir: string, keepDays: number | undefined, sinks: readonly string[] = []) {
  const files = auditFiles(dataDir);
  let day = firstDay;
  const store = openAuditStore(files, loadSigningKey(files), {
    maxPages: undefined,
    keepDays,
    sinks,
    now: () => day * dayMs,
  });
  onTestFinished(() => {
    try {
      store.close();
    } catch (error) {
      // A test may have closed it.
      expect(error).toBeInstanceOf(Error);
    }
  });
  const writeDay = (at: number, records: number): void => {
    day = at;
    const lines = Array.from({ length: records }, (_, i) => auditLine(decision(`d${at}-${i}`, { timeMs: at * dayMs })));
    store.write(lines);
    store.checkpoint();
  };
  const cut = (at: number): number | undefined => {
    day = at;
    const size = store.cutDays();
    while (store.cutSome());
    return size;
  };
  return { store, writeDay, cut };
}

/** Six days of 700 records, of which three stay. */
function cutFolder(): { dataDir: string; before: string } {
  const [dataDir, before] = [temporaryFolder(), temporaryFolder()];
  const { store, writeDay } = openAt(dataDir, 3);
  for (let at = 0; at < 6; at += 1) writeDay(firstDay + at, 700);
  store.close();
  cpSync(dataDir, before, { recursive: true });
  const again = openAt(dataDir, 3);
  expect(again.cut(firstDay + 5)).toBe(2100);
  again.writeDay(firstDay + 5, 50);
  again.store.close();
  return { dataDir, before };
}

function alter(dataDir: string, sql: string): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec(sql);
  database.close();
}

describe('an audit from which days were cut', () => {
  it.each<[what: string, sql: string, seq: number]>([
    ['more is gone than the record of the cut says', 'DELETE FROM audit WHERE seq <= 2200', 2101],
    ['no record says so', 'DELETE FROM cut', 1],
    ['another record is said to say so', 'UPDATE cut SET record = 4200', 1],
    ['it says that more was cut', `UPDATE audit SET payload = replace(payload, '2100', '2101') WHERE seq = 4201`, 1],
    ['the tree over what was cut is changed', 'UPDATE tree SET hash = zeroblob(32) WHERE level = 11 AND number = 0', 1],
    [
      'a record that stays was edited',
      `UPDATE audit SET payload = replace(payload, 'allow', 'deny') WHERE seq = 2101`,
      2101,
    ],
    ['its end is missing', 'DELETE FROM audit WHERE seq > 4240', 4241],
  ])('is broken when %s', (_what, sql, seq) => {
    const { dataDir } = cutFolder();
    alter(dataDir, sql);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'broken', seq });
  });

  it('is broken when days are gone without a cut', () => {
    const { before } = cutFolder();
    alter(before, 'DELETE FROM audit WHERE seq <= 700');
    expect(verifyAudit(before)).toMatchObject({ status: 'broken', seq: 1, reason: 'Record 1 is missing.' });
  });

  it('has no proofs of what is gone, and says so', () => {
    const { dataDir } = cutFolder();
    for (const prove of [() => proveRecord(dataDir, 2100), () => proveGrowth(dataDir, 2099)])
      expect(prove).toThrow('Records 1 to 2100 were cut: the audit keeps 3 days.');
    for (const from of [0, 2100]) expect(proveGrowth(dataDir, from)).toMatchObject({ from, size: 4251 });
  });

  it('forgets the days that went, also one of a single record', () => {
    const dataDir = temporaryFolder();
    const { store, writeDay, cut } = openAt(dataDir, 2);
    for (const [at, records] of [10, 1, 10, 10].entries()) writeDay(firstDay + at, records);
    expect(cut(firstDay + 3)).toBe(11);
    store.close();
    const database = new DatabaseSync(auditFiles(dataDir).database, { readOnly: true });
    const days = database.prepare('SELECT first_seq FROM segment ORDER BY first_seq').all();
    database.close();
    expect(days.map((row) => row['first_seq'])).toEqual([12, 22]);
  });

  it('is whole from there on, with a signed record of the cut and proofs of all that stays', () => {
    const { dataDir } = cutFolder();
    expect(verifyAudit(dataDir)).toMatchObject({
      status: 'ok',
      records: 4251,
      from: 2101,
      cut: 2100,
      signedUpTo: 4251,
    });
    const key = readFileSync(auditFiles(dataDir).verifierKey, 'utf8');
    for (const seq of [2101, 2102, 2304, 2305, 2816, 4200, 4201, 4251])
      expect(JSON.parse(readProof(formatInclusionProof(proveRecord(dataDir, seq)), key))).toHaveProperty('timeMs');
    const entries = queryAudit(dataDir, { limit: 10_000 });
    expect(entries.at(-1)?.seq).toBe(2101);
    expect(entries.find(({ seq }) => seq === 4201)?.record).toMatchObject({ type: 'relay', event: 'audit-cut' });
  });

  it('is cut further the next day, and nothing twice', () => {
    const { dataDir } = cutFolder();
    const { cut, writeDay, store } = openAt(dataDir, 3);
    expect(cut(firstDay + 5)).toBeUndefined();
    writeDay(firstDay + 6, 10);
    expect(cut(firstDay + 6)).toBe(2800);
    store.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', from: 2801, cut: 2800, records: 4262 });
  });

  it('goes on from what a verifier knew before the cut, also when that is gone', () => {
    const { dataDir, before } = cutFolder();
    const earlier = verifyAudit(before);
    expect(earlier).toMatchObject({ status: 'ok', records: 4200 });
    const state = earlier.status === 'ok' ? earlier.state : undefined;
    expect(verifyAudit(dataDir, { state })).toMatchObject({ status: 'ok', from: 4201 });
    expect(verifyAudit(before, { state: { ...state, size: 4251 } as typeof state })).toMatchObject({
      status: 'broken',
    });
  });

  it('is whole when the process ended before anything was taken out, and after each step of it', () => {
    const dataDir = temporaryFolder();
    const { store, writeDay } = openAt(dataDir, 1);
    writeDay(firstDay, 1200);
    writeDay(firstDay + 1, 30);
    expect(store.cutDays()).toBe(1200);
    do expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', from: 1201, records: 1231 });
    while (store.cutSome());
  });

  it('has checkpoints only for what stays, in both places', () => {
    const { dataDir } = cutFolder();
    const sizes = [...readFileSync(auditFiles(dataDir).checkpoints, 'utf8').matchAll(/^(\d+)$/gmu)].map(
      ([, size]) => size,
    );
    expect(sizes).toEqual(['2100', '2800', '3500', '4200', '4201', '4251']);
  });

  it('gets its file back', () => {
    const dataDir = temporaryFolder();
    const { store, writeDay } = openAt(dataDir, 1);
    writeDay(firstDay, 20_000);
    writeDay(firstDay + 1, 100);
    store.close();
    const { size } = statSync(auditFiles(dataDir).database);
    const again = openAt(dataDir, 1);
    expect(again.cut(firstDay + 1)).toBe(20_000);
    again.store.close();
    expect(statSync(auditFiles(dataDir).database).size).toBeLessThan(size / 4);
  });
});

describe('days that not every sink has', () => {
  it.each<[what: string, sql: string | undefined, cut: number | undefined]>([
    ['stay while no sink has begun', undefined, undefined],
    ['stay while one of two hasn’t begun', "INSERT INTO sink VALUES ('siem', 300)", undefined],
    ['stay while one is within the first day', "INSERT INTO sink VALUES ('siem', 300), ('file', 99)", undefined],
    ['stay while nobody can tell', 'DROP TABLE sink', undefined],
    ['go one by one, with those that both have', "INSERT INTO sink VALUES ('siem', 300), ('file', 199)", 100],
    ['go at the end of a day', "INSERT INTO sink VALUES ('siem', 300), ('file', 200)", 200],
    ['go no further than what is too old', "INSERT INTO sink VALUES ('siem', 400), ('file', 400)", 300],
    ['don’t wait for a sink that is no more', "INSERT INTO sink VALUES ('siem', 400), ('file', 400), ('old', 1)", 300],
  ])('%s', (_what, sql, size) => {
    const dataDir = temporaryFolder();
    const { store, writeDay, cut } = openAt(dataDir, 1, ['siem', 'file']);
    for (let at = 0; at < 4; at += 1) writeDay(firstDay + at, 100);
    if (sql !== undefined) {
      const cursors = new DatabaseSync(auditFiles(dataDir).sinks);
      cursors.exec(`CREATE TABLE sink (name TEXT PRIMARY KEY, seq INTEGER NOT NULL); ${sql}`);
      cursors.close();
    }
    expect(cut(firstDay + 3)).toBe(size);
    store.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', cut: size ?? 0 });
  });
});

describe('an audit that keeps all days', () => {
  it('loses nothing', () => {
    const dataDir = temporaryFolder();
    const { writeDay, cut, store } = openAt(dataDir, undefined);
    writeDay(firstDay, 10);
    writeDay(firstDay + 500, 10);
    writeDay(firstDay + 501, 10);
    expect(cut(firstDay + 501)).toBeUndefined();
    store.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 30, cut: 0 });
  });
});

describe('the days of a folder of an earlier version', () => {
  it('are those of its records, and go when they are old', async () => {
    const dataDir = temporaryFolder();
    cpSync(new URL('../folder-before-tree', import.meta.url), dataDir, { recursive: true });
    const today = Math.floor(1_793_000_000_000 / dayMs) + 3;
    const { writeDay, cut, store } = openAt(dataDir, 2);
    writeDay(today - 1, 5);
    writeDay(today, 5);
    expect(cut(today)).toBeGreaterThan(0);
    store.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 311 });
    const audit = await openAudit(dataDir);
    await audit.close();
  });
});
