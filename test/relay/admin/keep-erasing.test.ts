import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { openReadThread } from '../../../relay/admin/ask-read-thread.ts';
import { keepErasing } from '../../../relay/admin/keep-erasing.ts';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { erasureRecord } from '../../../relay/erasure/erase-person.ts';
import { erasuresUnderWay } from '../../../relay/erasure/go-on-erasing.ts';
import { openKeyEraser } from '../../../relay/erasure/key-eraser.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { append, decision, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { zoe } from '../audit/personal-records.ts';
import { sessionOf } from '../erasure/session-of.ts';

it.each([
  ['', {}],
  [', also where the relay has a storage since', { storage: { url: 'postgres://127.0.0.1:1/none' } }],
])('an erasure that a kill broke off goes on when the relay starts, and the log says so%s', async (_, more) => {
  const dataDir = temporaryFolder();
  const nowMs = Date.now();
  const audit = await createAuditLog({ dataDir, log: silent, sealing: { erasable: true, refusedDays: undefined } });
  await append(audit, decision('r1', { caller: zoe }));
  await audit.close();
  const sessions = openSessionStore(dataDir);
  sessions.put([sessionOf(zoe, nowMs)]);
  sessions.close();
  const eraser = openKeyEraser(auditFiles(dataDir).keys);
  const [holder] = eraser.holders(zoe.username);
  if (holder === undefined) throw new Error('Zoe has no key.');
  const person = { ...holder, ownNames: holder.names, alias: `erased-${holder.ids[0]}` };
  const by = { reason: 'Request 12', operator: { user: 'root', sudoUser: null } };
  eraser.erase(holder.ids, person, erasureRecord(by, person.alias, nowMs));
  eraser.close();

  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const reading = openReadThread();
  const place = { config: { relay: { data: dataDir } }, state: { dataDir, ...more } } as never;
  const erasing = keepErasing({ reading, place: () => place, log });
  onTestFinished(async () => {
    erasing.close();
    await reading.close();
  });
  await expect.poll(() => logged.join(''), { timeout: 20_000 }).toContain('has come to its end');
  expect(logged.join('')).toContain(person.alias);
  expect(erasuresUnderWay(dataDir)).toEqual([]);
  const left = openSessionStore(dataDir);
  expect(left.list()).toEqual([]);
  left.close();
});
