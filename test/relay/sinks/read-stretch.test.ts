import { DatabaseSync } from 'node:sqlite';
import { onTestFinished, describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { leafHash } from '../../../relay/audit/tree/tree-hash.ts';
import { openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import type { Stretch } from '../../../relay/sinks/read-stretch.ts';
import { decision, temporaryFolder } from '../audit/audit-fixtures.ts';
import { writeAudit } from '../reports/audit-of.ts';

const all = { maxRecords: 1000, maxBytes: 1_000_000 };

/** Reads an audit of so many records, after something was changed in it. */
async function reading(count: number, change = ''): Promise<(after: number, given?: object) => Stretch | undefined> {
  const dataDir = temporaryFolder();
  await writeAudit(
    dataDir,
    Array.from({ length: count }, (_, index) => decision(`r${index}`)),
  );
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec(change);
  database.close();
  const reader = openAuditReader(dataDir);
  onTestFinished(() => reader.close());
  return (after, given = {}) => reader.stretch(after, count, { ...all, ...given });
}

const idsIn = ({ lines }: Stretch): readonly string[] =>
  lines
    .toString()
    .split('\n')
    .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
const leavesOf = ({ lines }: Stretch): string =>
  Buffer.concat(lines.toString().split('\n').map(leafHash)).toString('hex');

describe('records in one piece', () => {
  it('are those behind a number, in their order, with the hashes of their leaves', async () => {
    const stretch = (await reading(40))(10);
    expect(stretch).toMatchObject({ count: 30, upTo: 40 });
    if (stretch === undefined) return;
    expect(idsIn(stretch)).toEqual(Array.from({ length: 30 }, (_, index) => `r${index + 10}`));
    expect(stretch.hashes.toString('hex')).toBe(leavesOf(stretch));
  });

  it.each([
    ['few records', { maxRecords: 7 }, 7],
    ['few bytes', { maxBytes: 3000 }, 4],
    ['fewer bytes than one has', { maxBytes: 1 }, 1],
  ])('are no more than %s', async (_what, given, count) => {
    const stretch = (await reading(40))(0, given);
    expect(stretch).toMatchObject({ count, upTo: count });
    expect(stretch?.hashes.length).toBe(count * 32);
  });

  it('are none at the end', async () => {
    expect((await reading(3))(3)).toBeUndefined();
  });

  it('are refused with one missing', async () => {
    const read = await reading(5, 'DELETE FROM audit WHERE seq = 3');
    expect(() => read(0)).toThrow('records behind 0 are missing from the audit');
  });

  it('have the hashes of their leaves also where an earlier version kept those of its chain', async () => {
    const read = await reading(5, 'UPDATE audit SET hash = zeroblob(32); UPDATE chain SET ends_at = 5');
    const stretch = read(0);
    expect(stretch?.hashes.toString('hex')).toBe(stretch === undefined ? '' : leavesOf(stretch));
  });
});
