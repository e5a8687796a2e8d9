import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOnlyReadable } from '../storage/open-migrated-database.ts';
import type { AccessRequest } from './grant.ts';
import { grantFile, openGrantStore } from './grant-store.ts';

/** A grant that counted at a time in the past. */
export interface GrantAt {
  readonly id: string;
  readonly username: string;
  readonly role: string;
  readonly approvedBy: string;
  readonly untilMs: number;
}

/** Grants that counted at an API at a time, as the data folder has them for this user, oldest first. */
export function grantsAt(dataDir: string, api: string, timeMs: number): readonly GrantAt[] | 'unreadable' {
  if (!existsSync(join(dataDir, grantFile))) return [];
  if (isOnlyReadable(dataDir, grantFile)) return 'unreadable';
  const store = openGrantStore(dataDir);
  try {
    return grantsOf(store.list(), api, timeMs);
  } finally {
    store.close();
  }
}

/** The grants among these requests, newest first, that counted at an API at a time; oldest first. */
export function grantsOf(requests: readonly AccessRequest[], api: string, timeMs: number): readonly GrantAt[] {
  return requests
    .flatMap(({ id, requester, role, decidedBy, decidedAtMs, expiresAtMs, ...request }) => {
      if (request.api !== null && request.api !== api) return [];
      // Only what was approved has an end; a revoked one ended when it was revoked.
      if (decidedAtMs === null || expiresAtMs === null || timeMs < decidedAtMs || timeMs >= expiresAtMs) return [];
      return [{ id, username: requester.username, role, approvedBy: decidedBy ?? '', untilMs: expiresAtMs }];
    })
    .toReversed();
}
