import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import type { AuditWorkerData, ToAuditWorker } from '../../../relay/audit/audit-messages.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from './audit-fixtures.ts';

test('a lone decision is under way at once, in one write with the outcomes that waited for it', async () => {
  const messages: ToAuditWorker[] = [];
  const startWorker = (workerData: AuditWorkerData): Worker => {
    const url = new URL('../../../relay/audit/audit-worker.ts', import.meta.url);
    const worker = new Worker(url, { workerData, execArgv: [] });
    const post = worker.postMessage.bind(worker);
    vi.spyOn(worker, 'postMessage').mockImplementation((message: ToAuditWorker) => {
      messages.push(message);
      post(message);
    });
    return worker;
  };
  const audit = await openAudit(temporaryFolder(), { startWorker });
  expect(await append(audit, decision('r1'))).toBeNull();
  await nextTurn();
  messages.length = 0;

  audit.append(outcome('r1'), () => undefined);
  const recorded = append(audit, decision('r2'));
  expect(messages.map((message) => (message.type === 'write' ? message.lines.split('\n').length : 0))).toEqual([2]);
  expect(await recorded).toBeNull();
  await nextTurn();
  expect(messages).toHaveLength(1);
});
