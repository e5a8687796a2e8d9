import { parentPort, workerData } from 'node:worker_threads';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { type BackedUpFile, copyForBackup } from './copy-for-backup.ts';

/** What the thread is started with. */
export interface CopyQuestion {
  readonly dataDir: string;
  readonly name: string;
  readonly to: string;
}

/** What it says once. */
export type CopyAnswer =
  | { readonly copied: BackedUpFile }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string } }
  | { readonly failed: string };

async function answer({ dataDir, name, to }: CopyQuestion): Promise<CopyAnswer> {
  try {
    return { copied: await copyForBackup(dataDir, name, to) };
  } catch (error) {
    if (error instanceof AccessError) return { refused: { code: error.code, message: error.message } };
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(await answer(workerData as CopyQuestion));
