import { parentPort } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import { failureReason } from '../identity/failure-reason.ts';
import { readIdpMetadata } from './idp-metadata.ts';
import type { MessageAnswer, MessageContent, MessageTask } from './message-task.ts';
import { readLogout } from './read-logout.ts';
import { readResponse } from './read-response.ts';

async function read(task: MessageTask): Promise<MessageContent> {
  switch (task.type) {
    case 'response':
      return await readResponse(task.xml, task.sp, task.idp, task.requestId, task.nowMs);
    case 'logout':
      return await readLogout(task.input, task.sp, task.idp, task.nowMs);
    case 'metadata':
      return readIdpMetadata(task.xml, task.entityId, task.nowMs);
  }
}

/** The thread that parses and verifies SAML messages, one after the other. */
async function answer({ id, task }: { readonly id: number; readonly task: MessageTask }): Promise<MessageAnswer> {
  try {
    return { id, status: 'read', value: await read(task) };
  } catch (error) {
    if (!(error instanceof AccessError)) return { id, status: 'failed', reason: failureReason(error) };
    const cause = error.cause === undefined ? undefined : failureReason(error.cause);
    return { id, status: 'refused', code: error.code, message: error.message, cause };
  }
}

parentPort?.on('message', (asked: { readonly id: number; readonly task: MessageTask }) => {
  void answer(asked).then((answered) => parentPort?.postMessage(answered));
});
