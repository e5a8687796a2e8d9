import { parentPort } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import { failureReason } from '../identity/failure-reason.ts';
import type { MessageAnswer, MessageTask } from './message-task.ts';
import { readLogout } from './read-logout.ts';
import { readResponse } from './read-response.ts';

/** The thread that parses and verifies SAML messages, one after the other. */
async function answer({ id, task }: { readonly id: number; readonly task: MessageTask }): Promise<MessageAnswer> {
  try {
    const { sp, idp, nowMs } = task;
    const value =
      task.type === 'response'
        ? await readResponse(task.xml, sp, idp, task.requestId, nowMs)
        : await readLogout(task.input, sp, idp, nowMs);
    return { id, status: 'read', value };
  } catch (error) {
    if (!(error instanceof AccessError)) return { id, status: 'failed', reason: failureReason(error) };
    const cause = error.cause === undefined ? undefined : failureReason(error.cause);
    return { id, status: 'refused', code: error.code, message: error.message, cause };
  }
}

parentPort?.on('message', (asked: { readonly id: number; readonly task: MessageTask }) => {
  void answer(asked).then((answered) => parentPort?.postMessage(answered));
});
