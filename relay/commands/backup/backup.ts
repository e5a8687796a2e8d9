import type { BackupManifest } from '../../backup/backup-manifest.ts';
import { type BackupOptions, makeBackup } from '../../backup/make-backup.ts';
import { receiveBackup } from '../../backup/receive-backup.ts';
import { type RunningRelay, UnknownToRelay } from '../running-relay.ts';

interface Saying {
  readonly target: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

export interface BackupCommandOptions extends Omit<BackupOptions, 'didCopy'>, Saying {}

export interface BackupAskedOptions extends Saying {
  readonly relay: RunningRelay;
  readonly keys: boolean;
  readonly reason: string;
}

/** Opens the files and copies them, and says what isn’t in the copy. Exit code 0. @throws AccessError as {@link makeBackup} does */
export async function backupCommand({ json, write, ...options }: BackupCommandOptions): Promise<number> {
  const manifest = await makeBackup(options);
  say(manifest, 'files', { target: options.target, json, write });
  return 0;
}

/**
 * Has the running relay send what it keeps; no file of it is opened. Exit code 0; null for a relay that is older than that.
 * @throws AccessError as {@link receiveBackup} does, and what the relay refuses
 */
export async function askForBackup({ relay, keys, reason, ...saying }: BackupAskedOptions): Promise<number | null> {
  try {
    const ask = () => relay.stream('/admin/v1/relay/backup', { reason, keys });
    say(await receiveBackup(saying.target, ask), 'relay', saying);
    return 0;
  } catch (error) {
    if (error instanceof UnknownToRelay) return null;
    throw error;
  }
}

function say(manifest: BackupManifest, by: 'files' | 'relay', { target, json, write }: Saying): void {
  if (json) write(`${JSON.stringify({ ...manifest, by })}\n`);
  else for (const line of linesOf(manifest, by, target)) write(`${line}\n`);
}

function linesOf(
  { files, keys, hasStorage }: BackupManifest,
  by: 'files' | 'relay',
  target: string,
): readonly string[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    by === 'relay'
      ? 'The relay that runs has sent it.'
      : 'No relay was asked: the files of the data folder were opened.',
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
