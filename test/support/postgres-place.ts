import { parsePostgresAddress } from '../../relay/storage/postgres/postgres-address.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';

/** What a relay makes of the address of a test's own server. */
export function postgresPlace(address: string): PostgresSettings {
  const parsed = parsePostgresAddress(address);
  if (parsed.status === 'bad') throw new Error(parsed.why);
  const { host, port, database, user, password } = parsed.address;
  return { host, port, database, user, password, tls: null };
}
