import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { isFolderHeld } from '../audit/folder-lock.ts';
import { answerMs } from './in-time.ts';

/** What a running relay says of itself. */
export interface RelayAnswer {
  readonly version: string;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly auditHealthy: boolean;
  readonly policyRevision: string;
}

/** The relay of a data folder: it answers at its socket, or only holds the folder, or doesn’t run. */
export type RunningRelay =
  | { readonly status: 'answers'; readonly answer: RelayAnswer }
  | { readonly status: 'silent'; readonly why: string }
  | { readonly status: 'none' };

const maxBytes = 1_048_576;

/** Asks the relay that runs on this data folder, over its operators’ socket. */
export async function findRunningRelay(dataDir: string, socketName: string): Promise<RunningRelay> {
  const socketPath = join(dataDir, socketName);
  let why = 'it has no socket for operators';
  if (existsSync(socketPath)) {
    try {
      return { status: 'answers', answer: await ask(socketPath) };
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  return isHeld(dataDir) ? { status: 'silent', why } : { status: 'none' };
}

function isHeld(dataDir: string): boolean {
  try {
    return isFolderHeld(dataDir);
  } catch {
    // It isn't this user's to look at.
    return false;
  }
}

function ask(socketPath: string): Promise<RelayAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/admin/v1/relay', timeout: answerMs }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) sent.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200) reject(new Error(`it answers with status ${response.statusCode ?? 0}`));
        else
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as RelayAnswer);
          } catch (error) {
            reject(error as Error);
          }
      });
    });
    sent.once('timeout', () => sent.destroy(new Error('it doesn’t answer in time')));
    sent.once('error', reject);
    sent.end();
  });
}
