import { fork } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../../../relay/audit/audit-store.ts';
import { dayMs } from '../../../../relay/audit/retention/day-segments.ts';
import { type AuditVerdict, verifyAudit } from '../../../../relay/audit/verify-audit.ts';
import { decision, temporaryFolder } from '../audit-fixtures.ts';

/** CAUSEWAY_KILLS=300 for a long run. */
const kills = Number(process.env['CAUSEWAY_KILLS'] ?? 6);

/** As many days as there will be kills, and a few more, of 1,500 records each. */
function writeDays(dataDir: string, days: number): void {
  const files = auditFiles(dataDir);
  const today = Math.floor(Date.now() / dayMs);
  let day = today - days;
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: () => day * dayMs });
  for (; day < today; day += 1) {
    store.write(Array.from({ length: 1500 }, (_, i) => auditLine(decision(`d${day}-${i}`, { timeMs: day * dayMs }))));
    store.checkpoint();
  }
  store.close();
}

/** Starts a relay's audit that cuts another day, and kills it a random time later; answers what was on disk by then. */
async function writeAndKill(dataDir: string, keepDays: number, name: string): Promise<string[]> {
  const child = fork(new URL('./write-until-killed.ts', import.meta.url), [dataDir, String(keepDays), name], {
    execArgv: [],
  });
  const acknowledged: string[] = [];
  const opened = new Promise<void>((resolve, reject) => {
    child.on('message', (message: 'opened' | string[]) => {
      if (message === 'opened') resolve();
      else acknowledged.push(...message);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  await opened;
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
  child.kill('SIGKILL');
  await once(child, 'exit');
  return acknowledged;
}

it(
  `has every acknowledged record and is whole, killed ${kills} times while it is written and days are cut`,
  async () => {
    const dataDir = temporaryFolder();
    writeDays(dataDir, kills + 2);
    const acknowledged: string[] = [];
    let state: Extract<AuditVerdict, { status: 'ok' }>['state'] | undefined;
    for (let kill = 0; kill < kills; kill += 1) {
      acknowledged.push(...(await writeAndKill(dataDir, kills + 2 - kill, `k${kill}`)));
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok' });
      const onwards = verifyAudit(dataDir, { state });
      expect(onwards).toMatchObject({ status: 'ok' });
      if (onwards.status === 'ok') state = onwards.state;
    }
    const database = new DatabaseSync(auditFiles(dataDir).database, { readOnly: true });
    const found = database.prepare(`SELECT json_extract(payload, '$.requestId') AS id FROM audit`).all();
    database.close();
    const ids = new Set(found.map(({ id }) => String(id)));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(verifyAudit(dataDir)).not.toMatchObject({ cut: 0 });
  },
  kills * 20_000,
);
