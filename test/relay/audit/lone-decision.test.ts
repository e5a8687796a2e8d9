import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import type { AuditWorkerData, ToAuditWorker } from '../../../relay/audit/audit-messages.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from './audit-fixtures.ts';

/** Types of the records of each write so far. */
function writes(messages: readonly ToAuditWorker[]): string[][] {
  return messages.flatMap((message) =>
    message.type === 'write'
      ? [message.lines.split('\n').map((line) => String((JSON.parse(line) as { type: unknown }).type))]
      : [],
  );
}

async function open(messages: ToAuditWorker[]): Promise<AuditLog> {
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
  return audit;
}

test('a lone decision is under way at once and waits for no outcome; outcomes go together behind it', async () => {
  const messages: ToAuditWorker[] = [];
  const audit = await open(messages);
  const ended = append(audit, outcome('r1'));
  const recorded = append(audit, decision('r2'));
  expect(writes(messages)).toEqual([['decision']]);
  expect(await recorded).toBeNull();
  const endedToo = append(audit, outcome('r2'));
  expect(await Promise.all([ended, endedToo])).toEqual([null, null]);
  expect(writes(messages)).toEqual([['decision'], ['outcome', 'outcome']]);
});

test('an outcome that is due goes behind the decisions that wait, its own among them', async () => {
  const messages: ToAuditWorker[] = [];
  const audit = await open(messages);
  const told = Array.from({ length: 3 }, (_, request) => append(audit, decision(`s${request}`)));
  told.push(append(audit, outcome('s2')));
  await audit.close();
  expect(await Promise.all(told)).toEqual([null, null, null, null]);
  const types = writes(messages).flat();
  expect(types).toEqual(['decision', 'decision', 'decision', 'outcome']);
});

test('outcomes are refused with the decisions when the thread dies', async () => {
  const audit = await openAudit(temporaryFolder(), {
    startWorker(workerData) {
      const worker = new Worker(new URL('../../../relay/audit/audit-worker.ts', import.meta.url), {
        workerData,
        execArgv: [],
      });
      setImmediate(() => worker.once('message', () => void worker.terminate()));
      return worker;
    },
  });
  // What gathers outcomes doesn't end before the thread does.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const told = [append(audit, decision('r1')), append(audit, outcome('r1'))];
  const errors = await Promise.all(told);
  // The decision may have got to the disk before; the outcome was still waiting.
  expect(errors[1]).toMatchObject({ code: 'audit-unavailable' });
});
