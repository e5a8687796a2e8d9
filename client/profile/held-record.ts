import { randomBytes } from 'node:crypto';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ProfileContext } from './profile-context.ts';

/** What is remembered of a profile between runs, and whether it is. */
export interface HeldRecord {
  readonly record: () => ProfileRecord;
  readonly remember: (change: Partial<ProfileRecord>) => void;
  /** Whether the person has ever been signed in here; only then is the profile remembered. */
  readonly isEstablished: () => boolean;
  readonly establish: () => void;
  /** Random name of this computer at this relay; one is made when there is none. */
  readonly deviceId: () => string;
}

/** See {@link HeldRecord}. */
export function holdRecord(context: ProfileContext, initial: ProfileRecord, establishedBefore: boolean): HeldRecord {
  let record = initial;
  let established = establishedBefore;

  function remember(change: Partial<ProfileRecord>): void {
    record = { ...record, ...change };
    context.onRemember();
    context.onChange();
  }

  return {
    record: () => record,
    remember,
    isEstablished: () => established,
    establish() {
      established = true;
    },
    deviceId() {
      const id = record.deviceId ?? randomBytes(12).toString('base64url');
      if (record.deviceId === undefined) remember({ deviceId: id });
      return id;
    },
  };
}
