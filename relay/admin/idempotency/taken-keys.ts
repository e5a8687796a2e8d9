import { keyLifetimeMs, type TakenKey } from '../../acts/taken-key.ts';
import { takenKeysFile, takenKeySteps } from '../../acts/taken-key-schema.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import { openMigratedDatabase } from '../../storage/open-migrated-database.ts';

const mostOfOperator = 10_000;

/** Keys of requests that were begun, durable before they are carried out: none is carried out twice, also by the next process. */
export interface TakenKeys {
  /** `new` when nobody has used the key in the last day, else whether it came with the same request. */
  take(key: TakenKey, nowMs: number): 'new' | 'same' | 'other';
  /** The request wasn’t carried out. */
  release(id: string): void;
  close(): void;
}

/** @throws AccessError `bad-config` when a newer relay has made the file */
export function openTakenKeys(dataDir: string): TakenKeys {
  const database = openMigratedDatabase(dataDir, takenKeysFile, takenKeySteps);
  const find = database.prepare('SELECT request FROM taken WHERE id = ?');
  const insert = database.prepare('INSERT INTO taken VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM taken WHERE id = ?');
  const forget = database.prepare('DELETE FROM taken WHERE at_ms < ?');
  const trim = database.prepare(
    'DELETE FROM taken WHERE id IN (SELECT id FROM taken WHERE operator = ? ORDER BY at_ms DESC LIMIT -1 OFFSET ?)',
  );
  return {
    take: ({ id, operator, request }, nowMs) =>
      inTransaction(database, () => {
        forget.run(nowMs - keyLifetimeMs);
        const known = find.get(id)?.['request'];
        if (known !== undefined) return known === request ? 'same' : 'other';
        insert.run(id, operator, request, nowMs);
        trim.run(operator, mostOfOperator);
        return 'new';
      }),
    release: (id) => void remove.run(id),
    close: () => database.close(),
  };
}
