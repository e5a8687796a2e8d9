import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { defaultStatePath, verifyOnwards } from '../../../relay/audit/verify-onwards.ts';
import { append, decision, openAudit, temporaryFolder } from './audit-fixtures.ts';

async function write(dataDir: string, records: number, name = 'r'): Promise<void> {
  const audit = await openAudit(dataDir, { checkpointEveryRecords: 100 });
  await Promise.all(Array.from({ length: records }, (_, i) => append(audit, decision(`${name}${i}`))));
  await audit.close();
}

function alter(dataDir: string, sql: string): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec(sql);
  database.close();
}

/** A folder with 600 records that was found whole, with its copy of then and the verifier's file. */
async function verifiedFolder(): Promise<{ dataDir: string; older: string; statePath: string }> {
  const [dataDir, older, statePath] = [
    temporaryFolder(),
    temporaryFolder(),
    join(temporaryFolder(), 'new', 'state.json'),
  ];
  await write(dataDir, 300);
  cpSync(dataDir, older, { recursive: true });
  await write(dataDir, 300);
  expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'ok', from: 1 });
  return { dataDir, older, statePath };
}

function restore(dataDir: string, from: string): void {
  rmSync(dataDir, { recursive: true });
  cpSync(from, dataDir, { recursive: true });
}

describe('a verifier that goes on from what it verified', () => {
  it('names a folder that was put back to an older copy, also when it was written on', async () => {
    const { dataDir, older, statePath } = await verifiedFolder();
    restore(dataDir, older);
    expect(verifyOnwards(dataDir, { statePath: undefined, full: true }).verdict).toMatchObject({ status: 'ok' });
    rmSync(defaultStatePath(dataDir));
    const reason = 'Records 301 to 600 are missing: they were verified earlier.';
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toEqual({ status: 'broken', seq: 301, reason });
    await write(dataDir, 400, 'other');
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'broken', seq: 700 });
  });

  it('names another relay’s folder, key and all, in the place of the one it knows', async () => {
    const { dataDir, statePath } = await verifiedFolder();
    const other = temporaryFolder();
    await write(other, 700);
    restore(dataDir, other);
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'broken', seq: 0 });
  });

  it('names records of another relay in place of the end of these', async () => {
    const { dataDir, statePath } = await verifiedFolder();
    const other = temporaryFolder();
    await write(other, 700);
    await write(dataDir, 100);
    alter(
      dataDir,
      `ATTACH '${auditFiles(other).database}' AS other; DELETE FROM audit WHERE seq > 600;
       INSERT INTO audit SELECT * FROM other.audit WHERE seq > 600`,
    );
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'broken', seq: 700 });
  });

  it('looks at all, too, when it is given checkpoints that were kept elsewhere', async () => {
    const { dataDir, statePath } = await verifiedFolder();
    const keptCheckpoints = readFileSync(auditFiles(dataDir).checkpoints, 'utf8');
    await write(dataDir, 50);
    alter(dataDir, `UPDATE audit SET payload = replace(payload, '"allow"', '"deny"') WHERE seq = 7`);
    const look = (given: object) => verifyOnwards(dataDir, { statePath, full: false, ...given }).verdict;
    expect(look({})).toMatchObject({ status: 'ok', from: 601 });
    for (const given of [{ keptCheckpoints }, { full: true }])
      expect(look(given)).toMatchObject({ status: 'broken', seq: 7 });
  });

  it('looks only at what is new, keeps how far it came only when it is whole, and with --full looks at all', async () => {
    const { dataDir, statePath } = await verifiedFolder();
    await write(dataDir, 50);
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({
      status: 'ok',
      from: 601,
      records: 650,
      signedUpTo: 650,
    });
    alter(dataDir, `UPDATE audit SET payload = replace(payload, 'allow', 'deny') WHERE seq = 41`);
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'ok', from: 651 });
    const before = readFileSync(statePath, 'utf8');
    expect(verifyOnwards(dataDir, { statePath, full: true }).verdict).toMatchObject({ status: 'broken', seq: 41 });
    expect(readFileSync(statePath, 'utf8')).toBe(before);
  });

  it('goes on from a signed record, when later ones aren’t signed yet', async () => {
    const dataDir = temporaryFolder();
    const statePath = join(temporaryFolder(), 'state.json');
    const audit = await openAudit(dataDir, { checkpointEveryRecords: 1 });
    await append(audit, decision('r'));
    expect(verifyOnwards(dataDir, { statePath, full: false }).verdict).toMatchObject({ status: 'ok', records: 1 });
    await audit.close();
    const { size } = JSON.parse(readFileSync(statePath, 'utf8')) as { size: number };
    expect(size).toBeLessThanOrEqual(1);
  });

  it.each(['', '{}', '{"size":-1}', 'null'])('says so when its file holds %j', async (text) => {
    const { dataDir, statePath } = await verifiedFolder();
    writeFileSync(statePath, text);
    expect(() => verifyOnwards(dataDir, { statePath, full: false })).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    );
    expect(verifyOnwards(dataDir, { statePath, full: true }).verdict).toMatchObject({ status: 'ok', from: 1 });
  });

  it('says when it can’t keep what it found', async () => {
    const { dataDir } = await verifiedFolder();
    const { verdict, notKept } = verifyOnwards(dataDir, { statePath: '/dev/null/state.json', full: false });
    expect(verdict).toMatchObject({ status: 'ok' });
    expect(notKept).toMatch(/^\/dev\/null\/state\.json: /);
    expect(existsSync('/dev/null/state.json')).toBe(false);
  });
});

describe('checkpoints kept elsewhere', () => {
  it('show a roll-back, and an audit that was made anew with the same key', async () => {
    const { dataDir, older, statePath } = await verifiedFolder();
    const keptCheckpoints = splitNotes(readFileSync(auditFiles(dataDir).checkpoints, 'utf8'))
      .slice(-1)
      .join('');
    const verify = () => verifyOnwards(dataDir, { statePath, full: true, keptCheckpoints }).verdict;
    expect(verify()).toMatchObject({ status: 'ok', from: 1 });
    restore(dataDir, older);
    expect(verify()).toMatchObject({ status: 'broken', seq: 301 });
    await write(dataDir, 400, 'other');
    expect(verify()).toMatchObject({ status: 'broken', seq: 600 });
  });

  it('count only with a valid signature', async () => {
    const { dataDir, statePath } = await verifiedFolder();
    const keptCheckpoints = 'causeway/audit/0123456789abcdef\n1\n';
    expect(verifyOnwards(dataDir, { statePath, full: true, keptCheckpoints }).verdict).toMatchObject({
      status: 'broken',
      seq: 0,
    });
  });
});
