import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What stands in for a hardware token: a PKCS#11 module over files. */
export interface SigningToken {
  readonly module: string;
  /** The key’s address (RFC 7512). */
  readonly key: string;
  readonly pin: string;
  /** Where the module finds its files: value of `SOFTHSM2_CONF`. */
  readonly config: string;
}

const module = '/usr/lib/softhsm/libsofthsm2.so';

/** Whether there is such a module here, and what takes OpenSSL to it. */
export function canMakeToken(): boolean {
  return existsSync(module) && globSync('/usr/lib/*/engines-3/pkcs11.so').length > 0;
}

/** Makes a token in a folder, with a key in it that nobody can read out of it any more. */
export function makeToken(folder: string, keyFile: string): SigningToken {
  mkdirSync(join(folder, 'tokens'), { recursive: true });
  const config = join(folder, 'softhsm2.conf');
  writeFileSync(config, `directories.tokendir = ${join(folder, 'tokens')}\n`);
  const [label, pin] = ['causeway', '271828'];
  const softhsm = (...words: readonly string[]): unknown =>
    execFileSync('softhsm2-util', words, { stdio: 'pipe', env: { ...process.env, SOFTHSM2_CONF: config } });
  softhsm('--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '314159');
  softhsm('--import', keyFile, '--token', label, '--label', 'release', '--id', 'a1', '--pin', pin);
  return { module, key: `pkcs11:token=${label};object=release;type=private`, pin, config };
}
