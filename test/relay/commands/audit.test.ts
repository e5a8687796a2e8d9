import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import type { AuditQuery } from '../../../relay/audit/query-audit.ts';
import { auditCommand } from '../../../relay/commands/audit.ts';
import { verifyCommand } from '../../../relay/commands/verify-audit.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from '../audit/audit-fixtures.ts';

async function run(
  dataDir: string,
  action: 'list' | 'verify',
  json: boolean,
  filters: AuditQuery = { limit: 10 },
): Promise<[number, string]> {
  const texts: string[] = [];
  const write = (text: string): void => void texts.push(text);
  const code =
    action === 'verify'
      ? verifyCommand({
          dataDir,
          json,
          write,
          verifierKey: undefined,
          checkpoints: undefined,
          state: join(dataDir, 'verified.json'),
          full: true,
        })
      : await auditCommand({ dataDir, filters, json, write });
  return [code, texts.join('')];
}

async function writtenFolder(): Promise<string> {
  const dataDir = temporaryFolder();
  const audit = await openAudit(dataDir);
  await append(audit, decision('r1', { path: '/v1/\u001b[2Jorders' }));
  await append(audit, outcome('r1'));
  await append(audit, decision('r2', { effect: 'deny', reason: 'No rule allows it.' }));
  await audit.close();
  return dataDir;
}

describe('relay audit', () => {
  it('fails with the entry and the reason when the audit is broken', async () => {
    const dataDir = await writtenFolder();
    const database = new DatabaseSync(auditFiles(dataDir).database);
    database.exec('DELETE FROM audit WHERE seq = 2');
    database.close();
    expect(await run(dataDir, 'verify', false)).toEqual([1, 'The audit is broken at record 2. Record 2 is missing.\n']);
    const [code, text] = await run(dataDir, 'verify', true);
    expect([code, JSON.parse(text)]).toEqual([1, { status: 'broken', seq: 2, reason: 'Record 2 is missing.' }]);
  });

  it('says how far the audit is whole and signed', async () => {
    const dataDir = await writtenFolder();
    expect(await run(dataDir, 'verify', false)).toEqual([
      0,
      expect.stringMatching(/^The audit is whole: 3 records, \d checkpoints?, signed up to record 3\.\n$/),
    ]);
  });

  it('lists a line for each record, without control characters that a caller sent', async () => {
    const dataDir = await writtenFolder();
    const [code, text] = await run(dataDir, 'list', false);
    expect(code).toBe(0);
    expect(text.split('\n')).toEqual([
      expect.stringMatching(
        /^3 {2}\S+Z {2}alice {2}denied {2}GET orders\/v1\/orders {2}\(no outcome\) {2}No rule allows it\. {2}r2$/,
      ),
      expect.stringMatching(/^1 {2}\S+Z {2}alice {2}allowed {2}GET orders\/v1\/�\[2Jorders {2}200 in 10 ms/),
      '',
    ]);
    expect(await run(dataDir, 'list', false, { limit: 10, user: 'nobody' })).toEqual([0, 'No record matches.\n']);
  });

  it('lists one JSON object a line', async () => {
    const [, text] = await run(await writtenFolder(), 'list', true, { limit: 1, effect: 'allow' });
    expect(JSON.parse(text)).toMatchObject({ seq: 1, record: { requestId: 'r1' }, outcome: { status: 200 } });
  });
});
