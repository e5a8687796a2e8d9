import { auditFiles } from './audit-files.ts';
import { formatVerifierKey } from './checkpoint-note.ts';
import { openLogCheckpoint } from './log-keys.ts';
import { lastCut } from './last-cut.ts';
import { lastSeq, openForReading } from './open-audit.ts';
import { logKeysOf } from './signed-checkpoints.ts';

/** How far the audit of a data folder goes, and what it is proven by. */
export interface AuditState {
  readonly records: number;
  /** How many records from the first on were taken out because of their age. */
  readonly cut: number;
  /** The last record that a checkpoint is signed for; 0 when there is none. */
  readonly signedUpTo: number;
  /** That checkpoint, a signed note (C2SP tlog-checkpoint); empty when there is none. */
  readonly checkpoint: string;
  /** The key that signs as C2SP signed-note writes it, to be kept elsewhere; null when it is missing or malformed. */
  readonly verifierKey: string | null;
}

/** Looks, and verifies nothing but the newest signature. @throws AccessError `bad-input` when the folder has no audit */
export function readAuditState(dataDir: string): AuditState {
  const database = openForReading(dataDir);
  try {
    database.exec('BEGIN');
    const records = lastSeq(database);
    const keys = logKeysOf(auditFiles(dataDir), undefined);
    if (keys === undefined) return { records, cut: 0, signedUpTo: 0, checkpoint: '', verifierKey: null };
    const note = String(database.prepare('SELECT note FROM note ORDER BY seq DESC LIMIT 1').get()?.['note'] ?? '');
    const checkpoint = openLogCheckpoint(note, keys);
    return {
      records,
      cut: lastCut(database, keys)?.size ?? 0,
      signedUpTo: checkpoint?.size ?? 0,
      checkpoint: checkpoint === undefined ? '' : note,
      verifierKey: formatVerifierKey(keys.newest),
    };
  } finally {
    database.close();
  }
}
