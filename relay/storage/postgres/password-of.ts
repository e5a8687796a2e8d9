import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { PostgresSettings } from './postgres-settings.ts';

type PasswordSettings = Pick<PostgresSettings, 'password' | 'passwordFile'>;

/** `invalid_password` (PostgreSQL 15, Appendix A). */
const wrongPassword = '28P01';
const againMs = 100;
const longestMs = 3000;

/** What a connection is made with: the password of the address, or the one that the file has at that moment. */
export function passwordOf({ password, passwordFile }: PasswordSettings): string | (() => Promise<string>) {
  if (passwordFile === undefined) return password ?? '';
  return async () => (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
}

/**
 * Connects, again for a moment while the password isn’t taken and may be about to change in its file: between the server’s
 * change and the file’s nobody else must notice.
 */
export async function connectedWith<Connection>(
  { passwordFile }: PasswordSettings,
  connect: () => Promise<Connection>,
): Promise<Connection> {
  const untilMs = performance.now() + longestMs;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const mayChange = passwordFile !== undefined && error instanceof DatabaseError && error.code === wrongPassword;
      if (!mayChange || performance.now() >= untilMs) throw error;
      await sleep(againMs);
    }
  }
}
