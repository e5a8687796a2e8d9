import { createPrivateKey } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { AccessError } from '../../shared/errors.ts';
import { type AuditFiles, auditFiles } from '../audit/audit-files.ts';
import { erasuresUnderWay } from '../erasure/go-on-erasing.ts';
import { openUntouched } from '../storage/open-to-read.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** The first checkpoint is signed within seconds after the key was made. */
const firstWithinMs = 60_000;

/** Whether the audit can be read, has its key, and has checkpoints for what is in it. It isn’t verified: that is `audit verify`. */
export function lookAtAudit({ loaded }: Patient): readonly Look[] {
  const { config } = loaded;
  const files = auditFiles(config.relay.data);
  if (!existsSync(files.database))
    return [
      config.audit.durable === 'database'
        ? skipped('', 'Its records are in the storage (audit.durable: database).')
        : skipped('', 'There is no audit yet; the relay begins one at its first start.'),
    ];
  return [
    ...lookAtRecords(config.relay.data),
    ...lookAtKey(files.signingKey),
    ...lookAtCheckpoints(files),
    ...lookAtErasures(config.relay.data),
  ];
}

function lookAtErasures(dataDir: string): readonly Look[] {
  const { keys } = auditFiles(dataDir);
  if (existsSync(keys) && !mayRead(keys)) return [];
  try {
    return erasuresUnderWay(dataDir).map((person) =>
      warning(
        keys,
        `The erasure of ${person} is under way, or was broken off: more than the keys may be left of the person.`,
        'A relay that runs goes on with it by itself, within ten minutes; start it.',
      ),
    );
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return [
      warning(keys, error.message, 'Run the doctor again; if it says the same, put the keys back from a backup.'),
    ];
  }
}

function lookAtRecords(dataDir: string): readonly Look[] {
  if (!mayRead(auditFiles(dataDir).database))
    return [warning('', 'This user may not read it.', 'Run the doctor as the relay’s user.')];
  try {
    const database = openUntouched(auditFiles(dataDir).database);
    try {
      const end = (which: 'min' | 'max'): number =>
        Number(database.prepare(`SELECT ${which}(seq) AS seq FROM audit`).get()?.['seq'] ?? 0);
      const last = end('max');
      return [fine('', last === 0 ? 'It holds no record yet.' : `It holds records ${end('min')} to ${last}.`)];
    } finally {
      database.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      failure(
        '',
        `It can’t be read: ${why}.`,
        'Put the newest backup beside it and compare: relay audit verify (docs/audit.md).',
      ),
    ];
  }
}

function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function lookAtKey(path: string): readonly Look[] {
  const advice =
    'Put the key back from the backup: with another one, the log goes on under another name (docs/audit.md).';
  if (!existsSync(path)) return [failure(path, 'The key that signs checkpoints isn’t there.', advice)];
  try {
    const kind = createPrivateKey(readFileSync(path)).asymmetricKeyType;
    return kind === 'ed25519' ? [] : [failure(path, `It is a key of the kind ${String(kind)}, not Ed25519.`, advice)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      return [warning(path, 'This user may not read it.', 'Run the doctor as the relay’s user.')];
    return [failure(path, 'It holds no private key.', advice)];
  }
}

function lookAtCheckpoints({ checkpoints: path, signingKey }: AuditFiles): readonly Look[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && found.size > 0) return [];
  const begun = statSync(signingKey, { throwIfNoEntry: false });
  if (begun !== undefined && Date.now() - begun.mtimeMs < firstWithinMs) return [];
  return [warning(path, 'There is no signed checkpoint.', 'Verify the audit: relay audit verify (docs/audit.md).')];
}
