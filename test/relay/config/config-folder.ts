import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A private folder with a config in it, gone after `close`. */
export interface ConfigFolder {
  readonly path: string;
  /** Absolute path of a file in the folder. */
  file(name: string): string;
  /** Writes a file, private unless a mode is given, and returns its absolute path. */
  write(name: string, text: string, mode?: number): Promise<string>;
  close(): Promise<void>;
}

export async function openConfigFolder(): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'causeway-config-'));
  const file = (name: string): string => join(path, name);
  return {
    path,
    file,
    async write(name, text, mode = 0o600) {
      // In one go, so that a watcher in this process never reads the half of it.
      writeFileSync(file(name), text);
      chmodSync(file(name), mode);
      return file(name);
    },
    close: () => rm(path, { recursive: true, force: true }),
  };
}

/** A self-signed certificate and its key, in PEM form. */
export async function makeCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  return { cert, key };
}

/** The least that a config needs; `relay` and `api` are lines put into those parts, `tail` follows all. */
export function minimalConfig(extra: { relay?: string; issuer?: string; api?: string; tail?: string } = {}): string {
  return [
    'relay:',
    '  name: Test',
    '  url: http://127.0.0.1:8443',
    ...(extra.relay === undefined ? [] : [extra.relay]),
    'issuers:',
    '  - name: SSO',
    '    issuer: http://127.0.0.1:9000',
    '    client_id: causeway',
    '    audience: relay',
    ...(extra.issuer === undefined ? [] : [extra.issuer]),
    'apis:',
    '  - id: orders',
    '    name: Orders',
    '    upstream: http://127.0.0.1:8080',
    ...(extra.api === undefined ? [] : [extra.api]),
    ...(extra.tail === undefined ? [] : [extra.tail]),
    '',
  ].join('\n');
}
