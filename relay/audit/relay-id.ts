import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';

const idFile = 'relay-id';

/** Names one relay among all that share a storage. */
export const relayIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Id of the relay: the one of the config, or a random one that is made at the first start and stays in the data folder.
 * @throws AccessError `bad-input` when the file there holds something else.
 */
export function relayIdOf(dataDir: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const path = join(dataDir, idFile);
  if (!existsSync(path)) writePrivateFile(path, `r-${randomBytes(5).toString('hex')}\n`);
  const id = readFileSync(path, 'utf8').trim();
  if (!relayIdPattern.test(id))
    throw new AccessError('bad-input', `${path} holds no id of a relay. Restore or remove it.`);
  return id;
}

/** {@link relayIdOf}, but null where none was made so far. @throws AccessError as it does */
export function knownRelayId(dataDir: string, configured: string | undefined): string | null {
  return configured === undefined && !existsSync(join(dataDir, idFile)) ? null : relayIdOf(dataDir, configured);
}
