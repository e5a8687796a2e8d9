import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../relay/audit/reading/audit-query.ts';
import { exportAudit } from '../../../relay/commands/audit/export.ts';
import { tailAudit } from '../../../relay/commands/audit/tail.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from '../audit/audit-fixtures.ts';

const silent = (): void => undefined;

describe('relay audit tail', () => {
  it('begins with the newest and goes on with what is written, each request with its outcome', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    for (const id of ['r1', 'r2', 'r3']) await append(audit, decision(id));
    const ending = new AbortController();
    const seen: AuditEntry[] = [];
    let didSee: () => void = silent;
    const sees = (count: number): Promise<void> =>
      new Promise((resolve) => (didSee = () => seen.length >= count && resolve()));
    const begun = sees(2);
    const ended = tailAudit({
      dataDir,
      filters: { api: 'orders' },
      limit: 2,
      json: true,
      signal: ending.signal,
      write(line) {
        seen.push(JSON.parse(line) as AuditEntry);
        didSee();
      },
    });
    await begun;
    const more = sees(4);
    await append(audit, decision('r4'));
    await append(audit, decision('r5', { api: 'wiki' }));
    await append(audit, decision('r6'));
    await append(audit, outcome('r6', 404));
    await more;
    ending.abort();
    expect(await ended).toBe(0);
    const requests = seen.map(({ record, outcome: end }) => [
      record.type === 'decision' && record.requestId,
      end?.status,
    ]);
    expect(requests.slice(0, 2)).toEqual([
      ['r2', undefined],
      ['r3', undefined],
    ]);
    expect(requests.slice(2).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))).toEqual([
      ['r4', undefined],
      ['r6', 404],
    ]);
  });
});

describe('relay audit export', () => {
  it('refuses a file that exists, and a name that no record has', async () => {
    const dataDir = temporaryFolder();
    await (await openAudit(dataDir)).close();
    const options = { dataDir, filters: {}, stdout: new PassThrough(), warn: silent };
    await expect(exportAudit({ ...options, out: join(dataDir, 'audit.sqlite') })).rejects.toThrow('can’t be made');
    await expect(exportAudit({ ...options, filters: { user: 'alice' } })).rejects.toThrow('names a person “alice”');
  });

  it('writes all records in order with their outcomes, and says how to go on', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    await append(audit, decision('r1'));
    await append(audit, decision('r2', { effect: 'deny' }));
    await append(audit, outcome('r1', 201));
    await audit.close();
    const out = join(dataDir, 'out.jsonl');
    const said: string[] = [];
    const warn = (words: string): void => void said.push(words);
    await exportAudit({ dataDir, filters: {}, out, stdout: new PassThrough(), warn });
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as AuditEntry)).toEqual([
      { seq: 1, record: decision('r1'), outcome: outcome('r1', 201) },
      { seq: 2, record: decision('r2', { effect: 'deny' }), outcome: null },
    ]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(said).toEqual(['2 records are exported. What comes later: --cursor 3\n']);
    const stdout = new PassThrough();
    await exportAudit({ dataDir, filters: {}, cursor: 1, stdout, warn });
    stdout.end();
    expect((await text(stdout)).split('\n').map((line) => line.slice(0, 8))).toEqual(['{"seq":2', '']);
  });
});
