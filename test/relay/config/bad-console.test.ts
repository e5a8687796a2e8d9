import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { redactedText } from '../../../relay/config/redacted-text.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
  await folder.write('secret', 'from-the-file\n');
  await folder.write('open-secret', 'seen by all\n', 0o644);
});
afterAll(() => folder.close());

const text = (clients: readonly string[], more: readonly string[] = []): string =>
  minimalConfig({
    tail: [
      'admin:',
      ...more.map((line) => `  ${line}`),
      '  console:',
      '    sign_in:',
      ...clients.map((client) => `      - {${client}}`),
    ].join('\n'),
  });
const load = async (...given: Parameters<typeof text>) =>
  loadConfig(await folder.write('relay.yaml', text(...given)), { env: { NEW: 'from-the-environment' } });
const client = 'issuer: SSO, client_id: console';

describe('sign-in at the console', () => {
  it.each<[string, readonly string[], readonly string[], RegExp]>([
    ['an issuer that isn’t there', ['issuer: Other, client_id: c'], [], /sign_in\[0\]\.issuer: names no issuer/],
    ['the same issuer twice', [client, client], [], /sign_in\[1\]\.issuer/],
    [
      'emergency accounts that aren’t there',
      ['issuer: Break-glass, client_id: causeway'],
      [],
      /\.issuer: names no issuer/,
    ],
    ['no client id', ['issuer: SSO'], [], /sign_in\[0\]\.client_id: is missing/],
    ['an unknown key', [`${client}, redirect: x`], [], /redirect/],
    ['a secret in the clear', [`${client}, secrets: [secret]`], [], /secrets\[0\]: must not stand here in the clear/],
    ['three secrets', [`${client}, secrets: ["\${env:NEW}", "\${env:NEW}", "\${env:NEW}"]`], [], /secrets/],
    ['a secret that isn’t there', [`${client}, secrets: ["\${file:none}"]`], [], /secrets\[0\]/],
    [
      'a credential that the service wasn’t given',
      [`${client}, secrets: ["\${credential:none}"]`],
      [],
      /secrets\[0\]: needs the credential none/,
    ],
    [
      'a secret that others can read',
      [`${client}, secrets: ["\${file:open-secret}"]`],
      [],
      /secrets\[0\].*open-secret/,
    ],
    ['an address in the clear', [client], ['url: http://admin.example'], /admin\.url: must begin with https/],
    ['an address that browsers can’t use', [client], ['listen: {host: 0.0.0.0}'], /admin\.console: needs “admin\.url”/],
    ['an address with a path', [client], ['url: https://admin.example/relay'], /admin\.url: .*have no path/],
  ])('is refused with %s', async (_what, clients, more, message) => {
    await expect(load(clients, more)).rejects.toThrow(message);
  });

  it.each(['session_seconds: 59', 'session_seconds: 604801', 'idle_seconds: 0', 'idle_seconds: forever'])(
    'is refused with %s',
    async (line) => {
      const given = text([client]).replace('    sign_in:', `    ${line}\n    sign_in:`);
      await expect(loadConfig(await folder.write('relay.yaml', given))).rejects.toThrow(line.split(':')[0]);
    },
  );

  it.each([
    ['issuer: Break-glass, client_id: causeway', null],
    ['issuer: Break-glass, client_id: console', /sign_in\[0\]\.client_id: must be causeway, and without secrets/],
    ['issuer: Break-glass, client_id: causeway, secrets: ["${env:NEW}"]', /sign_in\[0\]\.client_id/],
  ])('with emergency accounts, as %s', async (given, message) => {
    const accounts = '\nbreak_glass: {accounts: [{name: kim, groups: [sre], sign_in: passphrase}]}\n';
    const loading = loadConfig(await folder.write('relay.yaml', text([given]) + accounts), { env: { NEW: 'new' } });
    if (message === null) expect((await loading).config.admin?.console?.sign_in).toHaveLength(1);
    else await expect(loading).rejects.toThrow(message);
  });

  it('takes secrets from the environment and files, and shows neither', async () => {
    const given = `${client}, secrets: ["\${env:NEW}", "\${file:secret}"]`;
    const { config } = await load([given], ['url: http://localhost:9443']);
    expect(config.admin?.console).toMatchObject({
      sign_in: [{ secrets: ['from-the-environment', 'from-the-file'], method: 'client_secret_basic' }],
      session_seconds: 28_800,
      idle_seconds: 1800,
    });
    expect(redactedText(text([`${client}, secrets: [in-the-clear]`]))).not.toContain('in-the-clear');
  });
});
