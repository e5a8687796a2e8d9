import { resolve } from 'node:path';
import type { PostgresSettings } from './postgres-settings.ts';
import { checkCertificates, checkKey, checkShowable } from '../../named/check-pem.ts';
import { fillIn } from '../../named/fill-in.ts';
import { Unusable } from '../../named/named-source.ts';
import { parsePostgresAddress } from './postgres-address.ts';

/** Reads what is named by a path or placeholder; relative paths start at the config’s folder. */
export type ReadFile = (name: string, isSecret: boolean) => Promise<string>;

/** The database that `storage` names, with what its address names read. @throws Unusable */
export async function readStorage(text: string, folder: string, read: ReadFile): Promise<PostgresSettings> {
  const parsed = parsePostgresAddress(await fillIn(text, (name) => read(name, true)));
  if (parsed.status === 'bad') throw new Unusable(parsed.why);
  const { sslmode, sslrootcert, sslcert, sslkey, passwordFile, ...place } = parsed.address;
  const named = (path: string): string => resolve(folder, path);
  if (passwordFile !== undefined) await read(named(passwordFile), true);
  const ca = sslrootcert === undefined ? undefined : await read(named(sslrootcert), false);
  if (ca !== undefined) checkCertificates(ca, sslrootcert ?? '');
  const pair: { cert?: string; key?: string } = {};
  if (sslcert !== undefined && sslkey !== undefined) {
    pair.cert = await read(named(sslcert), false);
    checkCertificates(pair.cert, sslcert);
    pair.key = await read(named(sslkey), true);
    checkKey(pair.key, sslkey, pair.cert);
    checkShowable(pair.cert, pair.key, sslcert);
  }
  return {
    ...place,
    ...(passwordFile === undefined ? {} : { passwordFile: named(passwordFile) }),
    tls: sslmode === 'disable' ? null : { ...(ca === undefined ? {} : { ca }), ...pair },
    from: { text, folder },
  };
}
