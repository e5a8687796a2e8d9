import { Worker } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import { programFile } from '../programs/program-file.ts';
import type { BackedUpFile } from './copy-for-backup.ts';
import type { CopyAnswer, CopyQuestion } from './copy-thread.ts';

/**
 * Copies a file in a thread of its own, so that no request waits for it. SQLite can’t be interrupted: when nobody wants the copy any
 * more, it rejects once the thread has ended.
 * @throws AccessError as {@link copyForBackup} does
 */
export async function copyBeside(asked: CopyQuestion, signal: AbortSignal): Promise<BackedUpFile> {
  signal.throwIfAborted();
  const worker = new Worker(programFile('copy-thread'), { workerData: asked });
  const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  const abandon = (): void => void worker.terminate();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const answer = await new Promise<CopyAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(`The copy of ${asked.name} has ended.`)));
    });
    if ('copied' in answer) return answer.copied;
    if ('refused' in answer) throw new AccessError(answer.refused.code, answer.refused.message);
    throw new Error(`${asked.name} can’t be copied: ${answer.failed}`);
  } finally {
    signal.removeEventListener('abort', abandon);
    await ended;
  }
}
