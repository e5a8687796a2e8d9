import { restoreBackup } from '../../backup/restore-backup.ts';

export interface RestoreCommandOptions {
  readonly backup: string;
  readonly dataDir: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Puts a backup back, and says what to do before the relay starts. Exit code 0. @throws AccessError as {@link restoreBackup} does */
export async function restoreCommand({ backup, dataDir, json, write }: RestoreCommandOptions): Promise<number> {
  const { manifest, audit, hasSigningKey } = await restoreBackup(backup, dataDir);
  if (json) {
    const records = audit?.status === 'ok' ? audit.records : null;
    write(
      `${JSON.stringify({ dataDir, madeAt: manifest.madeAt, version: manifest.version, records, hasSigningKey })}\n`,
    );
    return 0;
  }
  write(`${dataDir} is as it was at ${manifest.madeAt}, by the relay ${manifest.version}.\n`);
  if (audit?.status === 'ok')
    write(`Its audit is whole: ${audit.records} records, signed up to record ${audit.signedUpTo}.\n`);
  if (!hasSigningKey)
    write('audit-signing-key.pem isn’t there: put it and the other keys back before the relay starts.\n');
  write(
    'It is a step back in time: what was locked, revoked or ended since counts again, and what was recorded since is missing here. ' +
      'Lock or revoke it anew before the relay starts, by what sinks and checkpoints that are kept elsewhere say.\n',
  );
  if (manifest.hasStorage)
    write('The storage knows this relay by its id, and refuses its audit from here on: give it another relay.id.\n');
  return 0;
}
