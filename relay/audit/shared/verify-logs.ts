import type { OnwardsOptions, OnwardsVerdict } from '../verify-onwards.ts';
import { verifyOnwardsWith } from '../verify-onwards.ts';
import { openShared, requireLogs, type SharedPlace } from './open-shared.ts';
import { verifyShared } from './verify-shared.ts';

/**
 * Verifies the records of each relay in PostgreSQL, or of one, from where the last verification came to.
 * @throws AccessError `shared-state-unavailable`, and `bad-input` for a relay that has no records
 */
export async function* verifySharedLogs(
  place: SharedPlace,
  options: OnwardsOptions,
): AsyncGenerator<OnwardsVerdict & { readonly relay: string }> {
  const sql = await openShared(place);
  const { host, port, database } = place.storage;
  try {
    for (const log of await requireLogs(sql, place.relay)) {
      const found = await verifyOnwardsWith(`${host}:${port}/${database} ${log.relay}`, options, (given) =>
        verifyShared(sql, log, given),
      );
      yield { ...found, relay: log.relay };
    }
  } finally {
    await sql.close();
  }
}
