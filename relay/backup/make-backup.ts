import { join } from 'node:path';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { type BackupManifest, manifestFile } from './backup-manifest.ts';
import { copyForBackup } from './copy-for-backup.ts';
import { makeOwnFolder } from './own-folder.ts';
import { filesToBackUp } from './files-to-back-up.ts';

export interface BackupOptions {
  readonly dataDir: string;
  /** Folder that the backup is to be; made when it isn’t there, and empty. */
  readonly target: string;
  /** Whether private keys go with it. */
  readonly keys: boolean;
  readonly hasStorage: boolean;
  readonly relayUrl: string;
  readonly version: string;
  readonly didCopy?: (name: string) => void;
}

/**
 * Copies all that a data folder keeps, also while a relay writes: each database as of one moment, in an order in which none
 * knows of more than the ones that it depends on. What can be made again (the index, providers’ keys) is left out, and so are
 * idempotency keys.
 * @throws AccessError `bad-input` for a folder that isn’t there or a target that isn’t empty; `bad-config` for a folder of a
 * newer relay
 */
export async function makeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, target, keys, hasStorage, relayUrl, version, didCopy } = options;
  const names = await filesToBackUp(dataDir, keys);
  await makeOwnFolder(target);
  const files: BackupManifest['files'][number][] = [];
  for (const name of names) {
    files.push(await copyForBackup(dataDir, name, join(target, name)));
    didCopy?.(name);
  }
  const manifest = { format: 1, version, madeAt: new Date().toISOString(), relayUrl, keys, hasStorage, files } as const;
  writePrivateFile(join(target, manifestFile), `${JSON.stringify({ ...manifest }, null, 2)}\n`);
  return { ...manifest };
}
