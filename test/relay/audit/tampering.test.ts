import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../../relay/audit/audit-store.ts';
import { dayMs } from '../../../relay/audit/retention/day-segments.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { decision, temporaryFolder } from './audit-fixtures.ts';
import { forge, forgeWithKey, linesOf } from './forge-audit.ts';
import { readCheckpoint, rootOfLines } from './independent-verifier.ts';
import { changesOf, days, recordsACheckpoint, recordsADay } from './tampering-changes.ts';

/** The audit of a relay over some days; each day is a segment. */
function writeDays(dataDir: string, name: string): void {
  let day = 20_000;
  const files = auditFiles(dataDir);
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: () => day * dayMs });
  for (let at = 0; at < days * recordsADay; at += recordsACheckpoint) {
    day = 20_000 + Math.floor(at / recordsADay);
    const ids = Array.from({ length: recordsACheckpoint }, (_, index) => `${name}-${at + index}`);
    store.write(ids.map((id) => auditLine(decision(id, { timeMs: day * dayMs }))));
    store.checkpoint();
  }
  store.close();
}

let root: string;
let one: string;
let other: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'causeway-audit-'));
  [one, other] = [join(root, 'one'), join(root, 'other')];
  for (const [dataDir, name] of [
    [one, 'one'],
    [other, 'other'],
  ] as const) {
    cpSync(temporaryFolderOf(), dataDir, { recursive: true });
    writeDays(dataDir, name);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function temporaryFolderOf(): string {
  return mkdtempSync(join(root, 'empty-'));
}

/** A copy of the audit, and what its verifier has kept elsewhere. */
function copyOfOne(): { readonly dataDir: string; readonly verifierKey: string; readonly keptCheckpoints: string } {
  const dataDir = temporaryFolder();
  cpSync(one, dataDir, { recursive: true });
  return {
    dataDir,
    verifierKey: readFileSync(auditFiles(one).verifierKey, 'utf8'),
    keptCheckpoints: readFileSync(auditFiles(one).checkpoints, 'utf8'),
  };
}

const changes = changesOf(() => linesOf(other));

describe('an audit in which', () => {
  it.each(changes)('%s, with every hash computed anew, is broken where that shows', (_what, change, seq) => {
    const { dataDir, verifierKey } = copyOfOne();
    forge(dataDir, change(linesOf(dataDir)));
    for (const options of [{}, { verifierKey }])
      expect(verifyAudit(dataDir, options)).toMatchObject({ status: 'broken', seq });
  });

  it.each(changes)('%s, with a key of the forger’s own, is broken for who kept the key', (_what, change) => {
    const { dataDir, verifierKey, keptCheckpoints } = copyOfOne();
    const before = verifyAudit(dataDir);
    const forged = change(linesOf(dataDir));
    forgeWithKey(dataDir, forged);
    const unsigned = { status: 'broken', seq: 1, reason: expect.stringMatching(/isn’t validly signed/) as string };
    expect(verifyAudit(dataDir, { verifierKey })).toMatchObject(unsigned);
    expect(verifyAudit(dataDir, { verifierKey, keptCheckpoints })).toMatchObject(unsigned);
    expect(verifyAudit(dataDir, { keptCheckpoints })).toMatchObject({ status: 'broken' });
    const state = before.status === 'ok' ? before.state : undefined;
    expect(verifyAudit(dataDir, { state })).toMatchObject({
      status: 'broken',
      seq: 0,
      reason: expect.stringMatching(/the key or the audit was replaced/) as string,
    });
    // Nothing in the folder itself tells a forgery that replaces everything from the real one.
    if (forged.from === 1) expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok' });
  });

  it('everything is rolled back, checkpoints too, is broken for who kept a checkpoint', () => {
    const { dataDir, verifierKey, keptCheckpoints } = copyOfOne();
    const older = temporaryFolder();
    let day = 20_000;
    cpSync(auditFiles(one).signingKey, auditFiles(older).signingKey);
    const files = auditFiles(older);
    const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: () => day * dayMs });
    store.write(linesOf(dataDir).slice(0, 20));
    store.checkpoint();
    day += 1;
    store.close();
    expect(verifyAudit(older, { verifierKey })).toMatchObject({ status: 'ok', records: 20 });
    expect(verifyAudit(older, { verifierKey, keptCheckpoints })).toMatchObject({ status: 'broken', seq: 21 });
  });
});

describe('the checkpoints of an audit', () => {
  it('verify with an implementation that was written from the specification, over the records alone', () => {
    const { dataDir, verifierKey, keptCheckpoints } = copyOfOne();
    const lines = linesOf(dataDir);
    const notes = keptCheckpoints.split(/(?=^causeway\/audit\/[0-9a-f]{16}$)/m);
    const read = notes.map((note) => readCheckpoint(note, verifierKey));
    expect(read.map(({ size }) => size)).toEqual([5, 10, 15, 20, 25, 30, 35, 40]);
    for (const { size, root: signedRoot } of read)
      expect(signedRoot.equals(rootOfLines(lines.slice(0, size)))).toBe(true);
    const otherKey = readFileSync(auditFiles(other).verifierKey, 'utf8');
    for (const note of notes) expect(() => readCheckpoint(note, otherKey)).toThrow();
  });
});
