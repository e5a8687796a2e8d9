import type { AuditSource } from '../reading/audit-source.ts';
import { openFolderSource } from '../reading/folder-source.ts';
import type { SharedPlace } from './open-shared.ts';

/** Where records are read: in the storage that relays share, or in one relay's data folder. */
export interface AuditPlace {
  readonly dataDir: string;
  readonly shared?: SharedPlace;
}

/** @throws AccessError when there is no audit, or it can't be read */
export async function openAuditSource({ dataDir, shared }: AuditPlace): Promise<AuditSource> {
  if (shared === undefined) return openFolderSource(dataDir);
  // Loaded only where relays share a storage.
  const { openSharedSource } = await import('./shared-source.ts');
  return openSharedSource(shared);
}
