import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { formatVerifierKey, signCheckpoint, splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { askedForAuditKey, auditKeyAct } from '../../../relay/administration/audit-key-act.ts';
import { beginReading } from '../../../relay/audit/begin-reading.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import { cutStatement } from '../../../relay/audit/cut-statement.ts';
import { storedTree } from '../../../relay/audit/tree/stored-tree.ts';
import { subtreesOf } from '../../../relay/audit/tree/subtrees.ts';
import { leafHash } from '../../../relay/audit/tree/tree-hash.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { keyChange, onlyKey, openLogCheckpoint, parseLogKeys, trustedKeys } from '../../../relay/audit/log-keys.ts';
import { proveRecord } from '../../../relay/audit/prove-audit.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import { append, decision, silent, temporaryFolder } from './audit-fixtures.ts';
import { linesOf } from './forge-audit.ts';
import { zoe } from './personal-records.ts';

const pair = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

describe('the keys of a log', () => {
  const [one, two, three, other] = [pair(), pair(), pair(), pair()];
  const root = Buffer.alloc(32, 7);
  const first = keyChange({ size: 10, root }, one, two);
  const second = keyChange({ size: 20, root }, two, three);
  const line = (key: KeyObject): string => `${formatVerifierKey(key)}\n`;
  const whole = `${line(one)}${first}${second}`;
  const note = (size: number, key: KeyObject): string => signCheckpoint({ size, hash: root }, key);

  it.each<[what: string, text: string]>([
    ['nothing', ''],
    ['a change without the key before it', first],
    ['a change left out', `${line(one)}${second}`],
    ['changes in the wrong order', `${line(one)}${second}${first}`],
    [
      'a change for fewer records than the one before',
      `${line(one)}${first}${keyChange({ size: 9, root }, two, three)}`,
    ],
    ['another first key', `${line(other)}${first}`],
    ['a change that the key before didn’t sign', `${line(one)}${keyChange({ size: 10, root }, other, two)}`],
    ['a change that only the key before signed', `${line(one)}${first.split('\n').slice(0, -2).join('\n')}\n`],
    ['a change that only the next key signed', `${line(one)}${first.replace(/— \S+ \S+\n/u, '')}`],
    ['another number of records', `${line(one)}${first.replace('\n10\n', '\n11\n')}`],
    ['another next key', `${line(one)}${first.replace(formatVerifierKey(two), formatVerifierKey(other))}`],
  ])('are not read with %s', (_what, text) => {
    expect(parseLogKeys(text)).toBeUndefined();
  });

  it('sign one after the other, each for its records', () => {
    for (const end of ['', '\n', '\n\n']) expect(parseLogKeys(`${whole.trimEnd()}${end}`)?.spans).toHaveLength(3);
    const keys = parseLogKeys(whole) ?? onlyKey(other);
    const counts = (size: number, key: KeyObject): boolean => openLogCheckpoint(note(size, key), keys)?.size === size;
    expect([counts(10, one), counts(11, one)]).toEqual([true, false]);
    expect([counts(9, two), counts(10, two), counts(20, two), counts(21, two)]).toEqual([false, true, true, false]);
    expect([counts(19, three), counts(20, three), counts(5000, three)]).toEqual([false, true, true]);
    expect(counts(15, other)).toBe(false);
  });

  it('are those beside the log for who has one of them, and nobody’s word for who hasn’t', () => {
    for (const given of [one, two, three]) expect(trustedKeys(line(given), whole)?.spans).toHaveLength(3);
    expect(trustedKeys(whole, `${line(one)}${first}`)?.spans).toHaveLength(3);
    expect(trustedKeys(line(other), whole)?.spans).toHaveLength(1);
    expect(trustedKeys('no key', whole)).toBeUndefined();
  });
});

describe('an audit whose key was replaced', () => {
  let written: string;
  let lines: readonly string[];
  let firstKey: KeyObject;
  beforeAll(async () => {
    written = mkdtempSync(join(tmpdir(), 'causeway-audit-'));
    const audit = await createAuditLog({ dataDir: written, log: silent, checkpointEveryRecords: 5 });
    const record = async (name: string): Promise<void> => {
      for (let index = 0; index < 8; index += 1) expect(await append(audit, decision(`${name}${index}`))).toBeNull();
    };
    const before = readFileSync(auditFiles(written).verifierKey, 'utf8').trim();
    firstKey = createPrivateKey(readFileSync(auditFiles(written).signingKey));
    await record('a');
    // Records of requests go on meanwhile.
    const [second] = await Promise.all([audit.replaceKey('asked for by dana: it leaked'), record('b')]);
    const third = await audit.replaceKey('asked for by dana: yearly');
    await record('c');
    lines = [before, second, third];
    await audit.close();
  });
  afterAll(() => rmSync(written, { recursive: true, force: true }));
  const copy = (): string => {
    const dataDir = temporaryFolder();
    cpSync(written, dataDir, { recursive: true });
    return dataDir;
  };

  it('is whole for who has the key of now or any of then, and goes on where a verification ended', () => {
    expect(verifyAudit(written)).toMatchObject({ status: 'ok', records: 26 });
    for (const verifierKey of lines)
      expect(verifyAudit(written, { verifierKey })).toMatchObject({ status: 'ok', records: 26, signedUpTo: 26 });
    const [first = ''] = lines;
    const state = { verifierKey: first, size: 0, hashes: [], chainHash: null, verifiedAtMs: 0 };
    expect(verifyAudit(written, { state })).toMatchObject({ status: 'ok', state: { verifierKey: lines[2] } });
    const strange = { ...state, verifierKey: formatVerifierKey(pair()) };
    expect(verifyAudit(written, { state: strange })).toMatchObject({ status: 'broken', seq: 0 });
    expect(verifyAudit(written, { verifierKey: strange.verifierKey })).toMatchObject({ status: 'broken' });
    const keptCheckpoints = readFileSync(auditFiles(written).checkpoints, 'utf8');
    expect(verifyAudit(written, { verifierKey: first, keptCheckpoints })).toMatchObject({ status: 'ok' });
  });

  it('says who asked and why, before and after, signed by the key so far', () => {
    const acts = queryAudit(written, { type: 'relay', limit: 100 }).map(({ record }) => record);
    const details = acts.flatMap((act) => ('event' in act && act.event === 'audit-key-changed' ? [act.detail] : []));
    expect(details).toHaveLength(2);
    const [first = '', second = '', third = ''] = lines;
    for (const part of [first, second, 'dana: it leaked']) expect(details.join('\n')).toContain(part);
    for (const part of [third, 'dana: yearly']) expect(details.join('\n')).toContain(part);
  });

  it.each([0, 1, 2])('is read with the keys of one moment when it changes %i times meanwhile', (changes) => {
    const files = auditFiles(copy());
    const whole = readFileSync(files.verifierKey, 'utf8');
    const notes = whole.split(/(?=^causeway.*key-change$)/m);
    writeFileSync(files.verifierKey, notes.slice(0, notes.length - changes).join(''));
    let known = notes.length - changes;
    const database = new DatabaseSync(files.database);
    const changing = {
      exec: (sql: string) => database.exec(sql),
      prepare(sql: string) {
        known += 1;
        writeFileSync(files.verifierKey, notes.slice(0, known).join(''));
        return database.prepare(sql);
      },
    };
    expect(beginReading(changing, files, undefined)?.newest).toEqual(parseLogKeys(whole)?.newest);
    expect(database.isTransaction).toBe(true);
    database.close();
  });

  it('is the same log for sinks, and proves records of before and after', () => {
    const [first = ''] = lines;
    const reader = openAuditReader(written);
    expect(first).toContain(`+${reader.log}+`);
    reader.close();
    for (const seq of [1, 12, 26]) expect(proveRecord(written, seq)).toMatchObject({ seq, size: 26 });
  });

  it.each<[what: string, seq: number, change: (dataDir: string) => void]>([
    [
      'with a record of before that was changed',
      3,
      (dataDir) => {
        const database = new DatabaseSync(auditFiles(dataDir).database);
        database.exec(`UPDATE audit SET payload = replace(payload, 'alice', 'mallory') WHERE seq = 3`);
        database.close();
      },
    ],
    [
      'without the keys that followed',
      0,
      (dataDir) => writeFileSync(auditFiles(dataDir).verifierKey, `${String(lines[0])}\n`),
    ],
    [
      'with a later checkpoint by a key of then',
      26,
      (dataDir) => {
        const { checkpoints, verifierKey } = auditFiles(dataDir);
        const notes = splitNotes(readFileSync(checkpoints, 'utf8'));
        // What somebody has signed with the first key after it had been taken over from.
        const [origin = ''] = readFileSync(verifierKey, 'utf8').split('+');
        const forged = String(notes.at(-1)).replaceAll(/causeway\/audit\/[0-9a-f]{16}/g, origin);
        writeFileSync(checkpoints, [...notes.slice(0, -1), forged].join(''));
      },
    ],
    ...[1, 8].map((record): [string, number, (dataDir: string) => void] => [
      `with all of a leaked key’s records cut, which it says in record ${record} of those`,
      2,
      (dataDir) => {
        const files = auditFiles(dataDir);
        const [change] = parseLogKeys(readFileSync(files.verifierKey, 'utf8'))?.changes ?? [];
        if (change === undefined) throw new Error('There is no change.');
        const { size, hash: root } = change;
        const database = new DatabaseSync(files.database);
        const hashOf = storedTree(database);
        const keep = database.prepare('INSERT OR REPLACE INTO tree (level, number, hash) VALUES (?, ?, ?)');
        for (const subtree of subtreesOf(0, size)) keep.run(subtree.level, subtree.index, hashOf(subtree));
        const detail = cutStatement({ size, root, keepDays: 1 }, firstKey);
        const line = auditLine({ type: 'relay', timeMs: Date.now(), event: 'audit-cut', detail });
        database.prepare('DELETE FROM audit WHERE seq <= ?').run(size);
        database.prepare('INSERT INTO audit (seq, hash, payload) VALUES (?, ?, ?)').run(record, leafHash(line), line);
        database.prepare('INSERT INTO cut (size, record) VALUES (?, ?)').run(size, record);
        database.close();
      },
    ]),
  ])('is broken %s', (_what, seq, change) => {
    const dataDir = copy();
    change(dataDir);
    const verdict = verifyAudit(dataDir, { verifierKey: lines[2] ?? '' });
    expect(verdict).toMatchObject({ status: 'broken' });
    if (verdict.status === 'broken' && seq > 0) expect(verdict.seq).toBeLessThanOrEqual(seq);
  });

  it.each([
    ['before both keys had signed the change: the key so far goes on', false],
    ['after both keys had signed the change: the next one goes on', true],
  ])('starts again when the process ended %s', async (_when, hasSigned) => {
    const dataDir = temporaryFolder();
    const begun = await createAuditLog({ dataDir, log: silent });
    expect(await append(begun, decision('a'))).toBeNull();
    await begun.close();
    const files = auditFiles(dataDir);
    const [keyBefore, linesBefore] = [readFileSync(files.signingKey), readFileSync(files.verifierKey)];
    const changing = await createAuditLog({ dataDir, log: silent });
    await changing.replaceKey('test');
    await changing.close();
    cpSync(files.signingKey, files.nextSigningKey);
    writeFileSync(files.signingKey, keyBefore);
    if (!hasSigned) writeFileSync(files.verifierKey, linesBefore);
    // As it was at that moment: nothing signed by the next one yet.
    writeFileSync(files.checkpoints, splitNotes(readFileSync(files.checkpoints, 'utf8')).slice(0, -1).join(''));
    const database = new DatabaseSync(files.database);
    database.exec('DELETE FROM note WHERE seq = (SELECT max(seq) FROM note)');
    database.close();
    const again = await createAuditLog({ dataDir, log: silent });
    expect(await append(again, decision('b'))).toBeNull();
    await again.close();
    expect(existsSync(files.nextSigningKey)).toBe(false);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 3, signedUpTo: 3 });
    expect(verifyAudit(dataDir, { verifierKey: linesBefore.toString() })).toMatchObject({ status: 'ok' });
  });

  it('says which key signs also when the next checkpoint can’t be written yet', async () => {
    const dataDir = copy();
    const change = (sql: string): void => {
      // While no relay runs: what another process writes isn’t there for long after a failure.
      const database = new DatabaseSync(auditFiles(dataDir).database);
      database.exec(sql);
      database.close();
    };
    change(`CREATE TRIGGER refuse BEFORE INSERT ON note WHEN EXISTS (SELECT 1 FROM note WHERE seq = NEW.seq)
      BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`);
    const audit = await createAuditLog({ dataDir, log: silent, retryEveryMs: 20 });
    const line = await audit.replaceKey('test');
    const keys = parseLogKeys(readFileSync(auditFiles(dataDir).verifierKey, 'utf8'));
    expect(keys && formatVerifierKey(keys.newest)).toBe(line);
    await audit.close();
    change('DROP TRIGGER refuse');
    const again = await createAuditLog({ dataDir, log: silent });
    expect(await append(again, decision('later'))).toBeNull();
    await again.close();
    expect(verifyAudit(dataDir, { verifierKey: line })).toMatchObject({ status: 'ok' });
  });

  it.each([true, false])('says who asked and why where it can be erased: %s', async (erasable) => {
    const dataDir = temporaryFolder();
    const sealing = { erasable, refusedDays: undefined };
    const audit = await createAuditLog({ dataDir, log: silent, sealing });
    // Known by what she did before.
    expect(await append(audit, decision('first', { caller: zoe }))).toBeNull();
    const operator = { user: `${zoe.username} (admin API)`, sudoUser: null };
    const act = auditKeyAct(operator, 'Her laptop was stolen', Date.now());
    const line = await audit.replaceKey(askedForAuditKey, undefined, act);
    await audit.close();
    const lines = linesOf(dataDir);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain(line);
    expect(lines[1]).toContain('audit-key-replaced');
    for (const word of [zoe.username, 'stolen']) expect(lines.join('\n').includes(word)).toBe(!erasable);
  });

  it('keeps its key when the folder names another one', async () => {
    const dataDir = copy();
    writeFileSync(auditFiles(dataDir).verifierKey, `${formatVerifierKey(pair())}\n`);
    const audit = await createAuditLog({ dataDir, log: silent, retryEveryMs: 20 });
    await expect(audit.replaceKey('test')).rejects.toMatchObject({ code: 'audit-unavailable' });
    await expect(audit.replaceKey('test', 'PEM')).rejects.toMatchObject({ code: 'audit-unavailable' });
    await audit.close();
  });
});
