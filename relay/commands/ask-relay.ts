import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { adminSocketName } from '../admin/admin-socket.ts';

const answerMs = 30_000;

/**
 * Asks the relay that runs on a data folder, over its operators’ socket. @param body makes it a POST
 * @returns the JSON of its answer
 * @throws AccessError what the relay refuses, or `bad-input` when none runs that this user may ask
 */
export async function askRelay(dataDir: string, path: string, body?: object): Promise<unknown> {
  const socketPath = join(dataDir, adminSocketName);
  if (!existsSync(socketPath))
    throw new AccessError('bad-input', `No relay runs on ${dataDir} (there is no ${adminSocketName}). Start it first.`);
  const { status, text } = await send(socketPath, path, body);
  const answer = parsed(text) as { readonly code?: ErrorCode; readonly detail?: string } | undefined;
  if (status === 200) return answer;
  throw new AccessError(answer?.code ?? 'internal', answer?.detail ?? `The relay answered with status ${status}.`);
}

function send(socketPath: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const isForbidden = error.code === 'EACCES';
      const why = isForbidden ? 'this user may not use its socket' : (error.code ?? error.message);
      const words = `The relay can’t be asked: ${why}. Run the command as the relay’s user.`;
      reject(new AccessError('bad-input', words, { cause: error }));
    };
    const sent = request(
      {
        socketPath,
        path,
        timeout: answerMs,
        ...(body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' } }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('it doesn’t answer')));
    sent.once('error', fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
