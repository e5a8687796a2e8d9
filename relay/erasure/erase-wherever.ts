import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { erasePerson, type Erasure, type ErasureResult } from './erase-person.ts';

/**
 * Erases a person from all that a relay keeps: its data folder, or the storage that relays share.
 * @throws AccessError as {@link erasePerson} does, and `shared-state-unavailable`
 */
export async function eraseWherever(asked: Erasure, storage: PostgresSettings | undefined): Promise<ErasureResult> {
  if (storage === undefined) return erasePerson(asked);
  // What reads PostgreSQL is loaded only where relays share a storage.
  return (await import('./erase-shared-person.ts')).eraseSharedPerson(asked, storage);
}
