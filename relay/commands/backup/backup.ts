import type { BackupManifest } from '../../backup/backup-manifest.ts';
import { type BackupOptions, makeBackup } from '../../backup/make-backup.ts';

export interface BackupCommandOptions extends Omit<BackupOptions, 'didCopy'> {
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Makes a backup, and says what it doesn’t hold. Exit code 0. @throws AccessError as {@link makeBackup} does */
export async function backupCommand({ json, write, ...options }: BackupCommandOptions): Promise<number> {
  const manifest = await makeBackup(options);
  if (json) write(`${JSON.stringify(manifest)}\n`);
  else for (const line of linesOf(manifest, options.target)) write(`${line}\n`);
  return 0;
}

function linesOf({ files, keys, hasStorage }: BackupManifest, target: string): readonly string[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    `${files.length} files, ${Math.ceil(bytes / 1_000_000)} MB, are in ${target}. They aren’t encrypted; this user alone can read them.`,
    keys
      ? 'Private keys are among them: whoever has the backup can sign as this relay, and read what is sealed in the audit.'
      : 'Private keys aren’t among them: keep *.pem, *-keys.json and audit-keys.sqlite of the data folder elsewhere, and put them back with it.',
    'The config, and the certificates and secrets that it names, aren’t in it: back them up beside it.',
    ...(hasStorage
      ? [
          'Sessions, locks, grants, revocations and usage are in PostgreSQL: back up that whole database, of all relays at once, with',
          '  pg_dump --format=custom --file=causeway.dump "$STORAGE"',
        ]
      : []),
  ];
}
