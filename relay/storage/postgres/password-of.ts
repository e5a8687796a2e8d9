import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type PoolConfig } from 'pg';
import type { PostgresSettings } from './postgres-settings.ts';

type PasswordSettings = Pick<PostgresSettings, 'password' | 'passwordFile'>;

/** `invalid_password`, and `invalid_authorization_specification` of roles and certificates (PostgreSQL 15, Appendix A). */
const refused = new Set(['28P01', '28000']);
const againMs = 100;
const longestMs = 3000;

/** What of a connection’s options says who signs in. */
export function signInOptions(settings: PostgresSettings): Pick<PoolConfig, 'user' | 'password' | 'ssl'> {
  const { user, tls } = settings;
  const ssl = tls === null ? false : { ...tls, rejectUnauthorized: true };
  return { user, password: passwordOf(settings), ssl };
}

/** What a connection is made with: the password of the address, or the one that the file has at that moment. */
function passwordOf({ password, passwordFile }: PasswordSettings): string | (() => Promise<string>) {
  if (passwordFile === undefined) return password ?? '';
  return async () => (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
}

/**
 * Connects, again for a moment while the sign-in isn’t taken and may be about to change in its files: between the server’s
 * change and the files’ nobody else must notice.
 */
export async function connectedWith<Connection>(
  { passwordFile, from }: Pick<PostgresSettings, 'passwordFile' | 'from'>,
  connect: () => Promise<Connection>,
): Promise<Connection> {
  const comesFromFiles = passwordFile !== undefined || from !== undefined;
  const untilMs = performance.now() + longestMs;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const mayChange = comesFromFiles && error instanceof DatabaseError && refused.has(error.code ?? '');
      if (!mayChange || performance.now() >= untilMs) throw error;
      await sleep(againMs);
    }
  }
}
