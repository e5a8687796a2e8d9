import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** Says that an act is in force, and kept for whoever can write the audit again. */
export function waitsWords(storage: PostgresSettings | undefined): string {
  const where = storage === undefined ? 'the data folder until the relay can' : 'the storage until a relay can';
  return `It is in force. Its record waits in ${where} write the audit.\n`;
}
