import { takenKeysFile, takenKeySteps } from '../acts/taken-key-schema.ts';
import { auditSchemaVersion } from '../audit/audit-schema.ts';
import { keySchemaVersion } from '../audit/keys/key-database.ts';
import { breakGlassFile, breakGlassSteps } from '../break-glass/break-glass-store.ts';
import { grantFile, grantSteps } from '../grants/grant-store.ts';
import { revocationFile, revocationSteps } from '../identity/stored-revocations.ts';
import { noticeFile, noticeSteps } from '../notify/notice-outbox.ts';
import { usageFile, usageSteps } from '../reports/open-usage.ts';
import { revisionFile, revisionSteps } from '../revisions/revision-store.ts';
import { bridgeFile, bridgeSteps } from '../saml/bridge-store.ts';
import { sessionFile, sessionSteps } from '../sessions/session-database.ts';
import { signalFile, signalSteps } from '../signals/signal-store.ts';
import { sinkFile, sinkSteps } from '../sinks/sink-cursors.ts';

/** A database of the data folder. */
export interface KeptDatabase {
  readonly name: string;
  /** What it holds, in words. */
  readonly what: string;
  /** Newest version of its schema that this relay knows. */
  readonly schema: number;
  /** Whether a backup has it. */
  readonly isBackedUp: boolean;
}

const backedUp: readonly Omit<KeptDatabase, 'isBackedUp'>[] = [
  { name: 'audit.sqlite', what: 'audit', schema: auditSchemaVersion },
  { name: 'audit-keys.sqlite', what: 'keys of sealed fields', schema: keySchemaVersion },
  { name: sessionFile, what: 'sessions and locks', schema: sessionSteps.length },
  { name: revocationFile, what: 'revocations', schema: revocationSteps.length },
  { name: grantFile, what: 'access requests and grants', schema: grantSteps.length },
  { name: revisionFile, what: 'configs of the past', schema: revisionSteps.length },
  { name: usageFile, what: 'usage', schema: usageSteps.length },
  { name: sinkFile, what: 'places of sinks', schema: sinkSteps.length },
  { name: noticeFile, what: 'messages that wait', schema: noticeSteps.length },
  { name: signalFile, what: 'events of providers', schema: signalSteps.length },
  { name: bridgeFile, what: 'sign-ins of the SAML bridge', schema: bridgeSteps.length },
  { name: breakGlassFile, what: 'emergency accounts', schema: breakGlassSteps.length },
];

/** All databases of a data folder; a test compares them with those that a relay makes. */
export const keptDatabases: readonly KeptDatabase[] = [
  ...backedUp.map((kept) => ({ ...kept, isBackedUp: true })),
  // Put back, they would stand for requests whose effects may not be in the backup.
  { name: takenKeysFile, what: 'idempotency keys of a day', schema: takenKeySteps.length, isBackedUp: false },
];
