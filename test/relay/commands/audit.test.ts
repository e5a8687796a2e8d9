import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import type { AuditFilters } from '../../../relay/audit/reading/audit-query.ts';
import { listAudit } from '../../../relay/commands/audit/list.ts';
import { verifyCommand } from '../../../relay/commands/verify-audit.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from '../audit/audit-fixtures.ts';

function verify(dataDir: string, json: boolean): [number, string] {
  const texts: string[] = [];
  const state = join(dataDir, 'verified.json');
  const kept = { verifierKey: undefined, checkpoints: undefined, state, full: true };
  return [verifyCommand({ dataDir, json, ...kept, write: (text) => texts.push(text) }), texts.join('')];
}

async function list(
  dataDir: string,
  json: boolean,
  filters: AuditFilters = {},
  page: { limit: number; cursor?: number } = { limit: 10 },
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const write = (text: string): void => void out.push(text);
  const warn = (text: string): void => void err.push(text);
  const code = await listAudit({ dataDir, filters, ...page, json, write, warn });
  return { code, out: out.join(''), err: err.join('') };
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
    expect(verify(dataDir, false)).toEqual([1, 'The audit is broken at record 2. Record 2 is missing.\n']);
    const [code, text] = verify(dataDir, true);
    expect([code, JSON.parse(text)]).toEqual([1, { status: 'broken', seq: 2, reason: 'Record 2 is missing.' }]);
  });

  it('says how far the audit is whole and signed', async () => {
    const dataDir = await writtenFolder();
    expect(verify(dataDir, false)).toEqual([
      0,
      expect.stringMatching(/^The audit is whole: 3 records, \d checkpoints?, signed up to record 3\.\n$/),
    ]);
  });

  it('refuses a name that no record has, with those that come near, for each kind of name', async () => {
    const dataDir = await writtenFolder();
    for (const [filters, words] of [
      [{ user: 'alise' }, 'a person “alise”. Near it: “alice”.'],
      [{ user: 'Alice' }, 'a person “Alice”. Near it: “alice”.'],
      [{ user: 'nobody' }, 'a person “nobody”.'],
      [{ group: 'developer' }, 'a group “developer”. Near it: “developers”.'],
      [{ api: 'order' }, 'an API “order”. Near it: “orders”.'],
      [{ rule: 'developers-reed' }, 'a rule “developers-reed”. Near it: “developers-read”.'],
      [{ session: 'session-2' }, 'a session “session-2”. Near it: “session-1”.'],
      [{ device: 'lapdog' }, 'a device “lapdog”. Near it: “laptop”.'],
      [{ grant: 'g1' }, 'a grant “g1”.'],
      [{ code: 'token-expired' }, 'a code “token-expired”.'],
      [{ request: 'r3' }, 'a request “r3”.'],
    ] as const)
      await expect(list(dataDir, false, filters), words).rejects.toThrow(`No record of this audit names ${words}`);
    const out = { dataDir, filters: { api: 'wiki' }, limit: 1, json: false, write: () => undefined };
    expect(await listAudit({ ...out, configured: { apis: ['wiki'], rules: [] }, warn: () => undefined })).toBe(0);
  });

  it('lists a line for each record, without control characters that a caller sent', async () => {
    const dataDir = await writtenFolder();
    const { code, out, err } = await list(dataDir, false);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        /^3 {2}\S+Z {2}alice {2}denied {2}GET orders\/v1\/orders {2}\(no outcome\) {2}No rule allows it\. {2}r2$/,
      ),
      expect.stringMatching(/^1 {2}\S+Z {2}alice {2}allowed {2}GET orders\/v1\/�\[2Jorders {2}200 in 10 ms/),
      '',
    ]);
    expect(await list(dataDir, false, { method: 'POST' })).toEqual({ code: 0, out: '', err: 'No record matches.\n' });
  });

  it('lists one JSON object a line', async () => {
    const { out } = await list(await writtenFolder(), true, { effect: 'allow' }, { limit: 1 });
    expect(JSON.parse(out)).toMatchObject({ seq: 1, record: { requestId: 'r1' }, outcome: { status: 200 } });
  });

  it('says that a page is cut and how to go on, in JSON too, and not at the end', async () => {
    const dataDir = await writtenFolder();
    const more = 'There are more records. Go on with --cursor 3.\n';
    expect((await list(dataDir, false, {}, { limit: 1 })).err).toBe(more);
    const cut = await list(dataDir, true, {}, { limit: 1 });
    expect([cut.err, JSON.parse(cut.out.split('\n')[1] ?? '')]).toEqual([more, { cursor: 3 }]);
    const rest = await list(dataDir, true, {}, { limit: 1, cursor: 3 });
    expect(rest.err).toBe('');
    expect(rest.out.split('\n').map((line) => line.slice(0, 9))).toEqual(['{"seq":1,', '']);
  });
});
