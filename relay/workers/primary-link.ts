import { AccessError } from '../../shared/errors.ts';
import { createBatchedSender } from './batched-sender.ts';
import type { Answer, Question, ToPrimary, ToWorker } from './worker-messages.ts';

/** The way between processes, as `process` has it in one that was forked. */
export interface MessagePort {
  send(messages: readonly ToPrimary[]): void;
  onMessages(handle: (messages: readonly ToWorker[]) => void): void;
}

/** A worker's link to the primary process. */
export interface PrimaryLink {
  post(message: ToPrimary): void;
  /** Resolves with the answer; rejects only when the link is closed, or there is no answer for ten seconds. */
  ask(question: Question): Promise<Answer>;
  /** Messages that aren't answers. */
  onMessage(handle: (message: Exclude<ToWorker, { type: 'answer' }>) => void): void;
  flush(): void;
}

const answerTimeoutMs = 10_000;
const checkEveryMs = 1000;

/** Sends in batches, and matches answers to questions. */
export function createPrimaryLink(port: MessagePort): PrimaryLink {
  const sender = createBatchedSender<ToPrimary>((messages) => port.send(messages));
  // In the order in which they were asked.
  const asked = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void; readonly atMs: number }>();
  const handlers: ((message: Exclude<ToWorker, { type: 'answer' }>) => void)[] = [];
  let nextId = 1;

  port.onMessages((messages) => {
    for (const message of messages) {
      if (message.type !== 'answer') for (const handle of handlers) handle(message);
      else {
        asked.get(message.id)?.resolve(message.answer);
        asked.delete(message.id);
      }
    }
  });
  setInterval(() => {
    const oldestMs = Date.now() - answerTimeoutMs;
    for (const [id, question] of asked) {
      if (question.atMs > oldestMs) break;
      asked.delete(id);
      question.reject(new AccessError('overloaded', 'The relay’s first process doesn’t answer.'));
    }
  }, checkEveryMs).unref();

  return {
    post: (message) => sender.post(message),
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        asked.set(id, { resolve, reject, atMs: Date.now() });
        sender.post({ type: 'ask', id, question });
      }),
    onMessage: (handle) => void handlers.push(handle),
    flush: () => sender.flush(),
  };
}
