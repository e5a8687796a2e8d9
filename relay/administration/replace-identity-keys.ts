import { randomBytes } from 'node:crypto';
import type { AdministratorRecord } from '../acts/act-table.ts';
import { type Operator, readReason } from '../acts/operator.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import { untilTaken } from '../acts/until-taken.ts';
import { replaceIdentityKeys } from '../upstream/identity-keys.ts';
import type { StatePlace } from './state-place.ts';

/**
 * Puts a new key in the place of those that sign identities for APIs. A relay that runs on the folder signs with it within
 * seconds, and publishes it alone. Who did it and why goes into the audit.
 * @throws AccessError `bad-input` without a reason, `shared-state-unavailable` when the storage can't be reached
 */
export async function replaceSigningKeys(
  { dataDir, storage }: StatePlace,
  { operator, reason: given }: { readonly operator: Operator; readonly reason: string },
  nowMs: number,
): Promise<{ readonly kid: string; readonly isRecorded: boolean }> {
  const reason = readReason(given);
  const id = randomBytes(9).toString('base64url');
  const record: AdministratorRecord = {
    type: 'administrator',
    timeMs: nowMs,
    id,
    act: 'identity-keys-replaced',
    operator,
    reason,
    person: null,
  };
  if (storage !== undefined) {
    // Only where it is needed: loading it takes as long as all the rest.
    const stores = await (await import('../stored/open-stores.ts')).openStores(storage);
    try {
      await stores.revocations.write([], record);
      const kid = replaceIdentityKeys(dataDir, nowMs);
      const isOurs = (waiting: { readonly type: string; readonly id?: string }): boolean => waiting.id === id;
      return { kid, isRecorded: await untilTaken(stores.acts, isOurs) };
    } finally {
      await stores.close();
    }
  }
  const file = openRevocationFile(dataDir);
  try {
    file.write([], record);
    const kid = replaceIdentityKeys(dataDir, nowMs);
    const isRecorded = (): boolean => file.acts.isRecorded(id);
    return { kid, isRecorded: await untilRecorded({ dataDir, outbox: file.acts, isRecorded }) };
  } finally {
    file.close();
  }
}
