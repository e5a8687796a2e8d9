import { Worker } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import type { SamlSubject } from './check-assertion.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import type {
  LogoutTask,
  MessageAnswer,
  MessageContent,
  MessageTask,
  MetadataTask,
  ResponseTask,
} from './message-task.ts';
import type { LogoutMessage } from './read-logout.ts';
import { samlRefusal } from './saml-refusal.ts';
import { programFile } from '../programs/program-file.ts';

/** Reads SAML messages away from the event loop, so that no message, whatever it is, holds anybody else up. */
export interface MessageReader {
  /** @throws AccessError as `readResponse`; `overloaded` when too many wait */
  response(task: Omit<ResponseTask, 'type'>): Promise<SamlSubject>;
  /** @throws AccessError as `readLogout`; `overloaded` when too many wait */
  logout(task: Omit<LogoutTask, 'type'>): Promise<LogoutMessage>;
  /** @throws AccessError as `readIdpMetadata`; `overloaded` when too many wait */
  metadata(task: Omit<MetadataTask, 'type'>): Promise<IdpMetadata>;
  close(): void;
}

interface Waiting {
  readonly task: MessageTask;
  readonly resolve: (value: MessageContent) => void;
  readonly reject: (error: Error) => void;
}

const maxWaiting = 64;
const memoryMb = 128;

function startMessageWorker(): Worker {
  return new Worker(programFile('message-worker'), {
    execArgv: [],
    name: 'saml',
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
}

/**
 * One thread, started with the first message, reads one message at a time. A message that takes longer than
 * `timeoutMs`, or ends the thread, is refused, and the next one gets a fresh thread.
 */
export function openMessageReader({
  timeoutMs = 5000,
  startWorker = startMessageWorker,
}: { readonly timeoutMs?: number; readonly startWorker?: () => Worker } = {}): MessageReader {
  const queue: Waiting[] = [];
  let worker: Worker | undefined;
  let current: { readonly id: number; readonly asked: Waiting; readonly timer: NodeJS.Timeout } | undefined;
  let lastId = 0;
  let closed = false;

  const settle = (apply: (asked: Waiting) => void): void => {
    if (current === undefined) return;
    const { asked, timer } = current;
    clearTimeout(timer);
    current = undefined;
    apply(asked);
    next();
  };

  const dropWorker = (error: Error): void => {
    void worker?.terminate();
    worker = undefined;
    settle(({ reject }) => reject(error));
  };

  const open = (): Worker => {
    const started = startWorker();
    started.unref();
    started.on('message', (answer: MessageAnswer) => {
      if (started !== worker || answer.id !== current?.id) return;
      settle(({ resolve, reject }) => {
        if (answer.status === 'read') resolve(answer.value);
        else if (answer.status === 'failed') reject(new Error(answer.reason));
        else {
          const cause = answer.cause === undefined ? {} : { cause: new Error(answer.cause) };
          reject(new AccessError(answer.code, answer.message, cause));
        }
      });
    });
    const end = (cause?: unknown): void => {
      if (started === worker) dropWorker(samlRefusal('The message can’t be read.', cause));
    };
    started.on('error', end);
    started.on('exit', () => end());
    return started;
  };

  const next = (): void => {
    if (closed || current !== undefined) return;
    const asked = queue.shift();
    if (asked === undefined) return;
    lastId += 1;
    const tooLong = (): void => dropWorker(samlRefusal('The message takes too long to read.'));
    current = { id: lastId, asked, timer: setTimeout(tooLong, timeoutMs).unref() };
    worker ??= open();
    worker.postMessage({ id: lastId, task: asked.task });
  };

  const read = (task: MessageTask): Promise<MessageContent> =>
    new Promise((resolve, reject) => {
      if (closed) reject(new AccessError('overloaded', 'The relay is shutting down.'));
      else if (queue.length >= maxWaiting)
        reject(new AccessError('overloaded', 'Too many SAML messages are being read. Try again in a moment.'));
      else {
        queue.push({ task, resolve, reject });
        next();
      }
    });

  return {
    response: async (task) => (await read({ type: 'response', ...task })) as SamlSubject,
    logout: async (task) => (await read({ type: 'logout', ...task })) as LogoutMessage,
    metadata: async (task) => (await read({ type: 'metadata', ...task })) as IdpMetadata,
    close() {
      closed = true;
      const error = new AccessError('overloaded', 'The relay is shutting down.');
      for (const { reject } of queue.splice(0)) reject(error);
      dropWorker(error);
    },
  };
}
