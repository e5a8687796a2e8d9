import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import { type AuditStore, openAuditStore } from '../../../relay/audit/audit-store.ts';
import { holdFile, keepLog, type LogKeeper } from '../../../relay/audit/log-keeper.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { listsLocks, locksOn } from '../../support/locks-on.ts';
import { decision, temporaryFolder } from './audit-fixtures.ts';

interface Kept {
  readonly dataDir: string;
  readonly database: string;
  readonly log: string;
  readonly keeper: LogKeeper;
  readonly open: () => AuditStore;
}

/** An audit of 100 records whose writer has closed, with a keeper that was there before. */
function closedWithKeeper(): Kept {
  const dataDir = temporaryFolder();
  const files = auditFiles(dataDir);
  const open = (): AuditStore =>
    openAuditStore(files, loadSigningKey(files), { maxPages: undefined, emptiesLog: true, now: Date.now });
  const store = open();
  const file = holdFile(files.database);
  const keeper = keepLog(files.database, file);
  onTestFinished(() => {
    keeper.close();
    file.close();
  });
  for (let at = 0; at < 100; at += 1) store.write([auditLine(decision(`r${at}`))]);
  store.close();
  return { dataDir, database: files.database, log: `${files.database}-wal`, keeper, open };
}

function records(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare('SELECT count(*) AS n FROM audit').get();
  database.close();
  return Number(row?.['n']);
}

describe('what a writer that failed leaves behind', () => {
  it('is the log, which isn’t copied into the database when it closes', () => {
    const { database, log } = closedWithKeeper();
    expect(statSync(log).size).toBeGreaterThan(100 * 4096);
    expect(statSync(database).size).toBe(4096);
    expect(records(database)).toBe(100);
  });

  it.each([1, 4096, 500_000])('loses %i bytes behind the last commit, and nothing before', (bytes) => {
    const { dataDir, database, log, keeper, open } = closedWithKeeper();
    const committed = readFileSync(log);
    appendFileSync(log, Buffer.alloc(bytes, 7));
    keeper.mend();
    expect(readFileSync(log).equals(committed)).toBe(true);
    const store = open();
    store.write([auditLine(decision('after'))]);
    expect(records(database)).toBe(101);
    store.checkpoint();
    store.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 101 });
  });

  it('loses what a copy of the log that failed has added to the database, which is in the log', () => {
    const { database, keeper, open } = closedWithKeeper();
    appendFileSync(database, Buffer.alloc(40_960, 7));
    keeper.mend();
    expect(statSync(database).size).toBe(4096);
    const store = open();
    expect(store.seq).toBe(100);
    store.close();
  });

  it('keeps what was flushed into the database since', () => {
    const { database, keeper, open } = closedWithKeeper();
    const store = open();
    const writer = new DatabaseSync(database);
    writer.exec('PRAGMA wal_checkpoint(PASSIVE)');
    writer.close();
    const { size } = statSync(database);
    expect(size).toBeGreaterThan(4096);
    keeper.didFlushDatabase();
    store.close();
    keeper.mend();
    expect(statSync(database).size).toBe(size);
    expect(records(database)).toBe(100);
  });

  it.runIf(listsLocks)('costs no lock: without them, another process would take the log away', () => {
    const { database, log, keeper, open } = closedWithKeeper();
    appendFileSync(log, 'x');
    const before = [locksOn(database), locksOn(`${database}-shm`)];
    expect(before.every((locks) => locks > 0)).toBe(true);
    keeper.mend();
    expect([locksOn(database), locksOn(`${database}-shm`)]).toEqual(before);
    const store = open();
    expect([locksOn(database), locksOn(`${database}-shm`)]).toEqual(before);
    store.close();
  });

  it('is left alone, and that said, while nobody knows how long the log is', () => {
    const database = join(temporaryFolder(), 'audit.sqlite');
    const log = `${database}-wal`;
    const other = new DatabaseSync(database);
    other.exec('CREATE TABLE audit (seq INTEGER PRIMARY KEY)');
    const file = holdFile(database);
    const keeper = keepLog(database, file);
    for (const path of [log, `${database}-shm`]) writeFileSync(path, 'records of somebody');
    expect(() => keeper.mend()).toThrow('how long the audit’s log is');
    expect(readFileSync(log, 'utf8')).toBe('records of somebody');
    keeper.close();
    file.close();
    other.close();
  });

  it('is left alone when another file is in its place, or the log is gone', () => {
    const { database, log, keeper } = closedWithKeeper();
    renameSync(database, `${database}.away`);
    const { size } = statSync(log);
    appendFileSync(log, 'x');
    keeper.mend();
    writeFileSync(database, 'another');
    keeper.mend();
    expect(statSync(log).size).toBe(size + 1);
    renameSync(`${database}.away`, database);
    renameSync(log, `${log}.away`);
    keeper.mend();
    expect(existsSync(log)).toBe(false);
  });
});
