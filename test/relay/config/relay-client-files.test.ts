import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { startRelayProcess } from '../../support/start-relay-process.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;

beforeAll(async () => {
  folder = await openConfigFolder();
  const { cert, key } = await makeCertificate();
  await folder.write('client.crt', cert, 0o644);
  await folder.write('client.key', key);
  await folder.write('client-secret', 'a secret');
});
afterAll(() => folder.close());

const withClient = (settings: string): string =>
  minimalConfig({ issuer: `    relay_client: {client_id: causeway-relay, ${settings}}` });

/** Where the relay’s own credentials at a provider come from, and the file that must be closed. */
const credentials = [
  ['private_key', 'client.key', 'method: private_key_jwt, private_key: client.key'],
  ['certificate_key', 'client.key', 'method: tls_client_auth, certificate: client.crt, certificate_key: client.key'],
  ['secrets', 'client-secret', "secrets: ['${file:client-secret}']"],
] as const;

// Windows has no such rights; there the folder’s access list decides.
describe.runIf(process.platform !== 'win32')('the relay’s own credentials at a provider', () => {
  it.each(credentials.flatMap((row) => [0o640, 0o604, 0o644].map((mode) => [...row, mode] as const)))(
    '%s: a file (%s) that others can read is refused (%s, mode %o)',
    async (key, file, settings, mode) => {
      await chmod(folder.file(file), mode);
      try {
        const loading = loadConfig(await folder.write('relay.yaml', withClient(settings)));
        await expect(loading).rejects.toThrow(new RegExp(`relay_client.*${key}.*${file}.*chmod 600`));
      } finally {
        await chmod(folder.file(file), 0o600);
      }
    },
  );

  it.each(credentials)('%s: a file (%s) of the relay alone is taken', async (_key, _file, settings) => {
    const { config } = await loadConfig(await folder.write('relay.yaml', withClient(settings)));
    expect(config.issuers[0]?.relay_client?.client_id).toBe('causeway-relay');
  });

  it('keep the relay from starting as long as others can read them', async () => {
    const [, , settings] = credentials[1];
    const { key } = await makeCertificate();
    await folder.write('open.key', key, 0o644);
    const text = withClient(settings.replace('certificate_key: client.key', 'certificate_key: open.key'));
    const configPath = await folder.write('relay.yaml', text);
    await expect(startRelayProcess({ configPath })).rejects.toThrow(/certificate_key.*open\.key.*chmod 600/);
  });
});
