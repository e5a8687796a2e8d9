import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { grantFile } from '../grants/grant-store.ts';
import { isOnlyReadable } from '../storage/open-migrated-database.ts';
import { openGrants } from './access-requests.ts';
import type { StatePlace } from './state-place.ts';

/** All requests for access that are kept, those that are over among them; null when they can’t be read from here now. Changes nothing. */
export async function knownGrants(place: StatePlace): Promise<readonly AccessRequest[] | null> {
  const { dataDir, redis, storage } = place;
  if (redis === undefined && storage === undefined) {
    if (!existsSync(join(dataDir, grantFile))) return [];
    if (isOnlyReadable(dataDir, grantFile)) return null;
  }
  try {
    const opened = await openGrants(place);
    try {
      return await opened.store.list();
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'shared-state-unavailable') throw error;
    return null;
  }
}
