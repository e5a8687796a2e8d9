import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const two =
  'accounts: [{ name: kim, groups: [a], sign_in: passphrase }, { name: pat, groups: [b], sign_in: passphrase }]';
const load = async (section: string, tail = '', relay?: string) => {
  const text = minimalConfig({ tail: `break_glass: { ${section} }\n${tail}` });
  const named = relay === undefined ? text : text.replace('url: http://127.0.0.1:8443', `url: ${relay}`);
  return loadConfig(await folder.write('relay.yaml', named));
};

describe('break-glass accounts that would not work', () => {
  it.each<[section: string, where: RegExp, words: RegExp, tail?: string]>([
    ['accounts: []', /break_glass\.accounts/, /must not be empty/],
    ['accounts: [{ name: Kim, groups: [a], sign_in: passphrase }]', /accounts\[0\]\.name/, /small letters/],
    ['accounts: [{ name: kim, sign_in: passphrase }]', /accounts\[0\]/, /groups/],
    ['accounts: [{ name: kim, groups: [], sign_in: passphrase }]', /accounts\[0\]\.groups/, /must not be empty/],
    ['accounts: [{ name: kim, groups: [a], sign_in: password }]', /accounts\[0\]\.sign_in/, /passkey/],
    ['accounts: [{ name: kim, groups: [a], pin: 1 }]', /accounts\[0\]/, /pin/],
    ['accounts: [{ name: kim, groups: [a] }]', /accounts\[0\]\.sign_in/, /IP address/],
    ['accounts: [{ name: kim, groups: [break-glass], sign_in: passphrase }]', /groups\[0\]/, /added by itself/],
    [two.replace('pat', 'kim'), /accounts\[1\]\.name/, /kim/],
    [two.replace(/, \{ name: pat.*/, ']') + ', two_persons: true', /two_persons/, /second account/],
    [`${two}, networks: [10.0.0.1/8]`, /networks\[0\]/, /10\.0\.0\.0\/8/],
    [`${two}, networks: []`, /networks/, /must not be empty/],
    [`${two}, apis: [payroll]`, /apis\[0\]/, /payroll/],
    [`${two}, session_minutes: 1000`, /session_minutes/, /240/],
    [`${two}, lockout: { first_seconds: 3600, longest_minutes: 1 }`, /first_seconds/, /longest_minutes/],
    [two, /accounts/, /shared_state\.secret/, 'shared_state: { store: redis, url: "redis://127.0.0.1:1" }'],
    [two, /issuers/, /“break_glass”/, ''],
  ])('%s', async (section, where, words, tail) => {
    const clash = tail === '' ? 'name: Break-glass' : 'name: SSO';
    const text = minimalConfig({ tail: `break_glass: { ${section} }\n${tail ?? ''}` }).replace('name: SSO', clash);
    const failure: unknown = await loadConfig(await folder.write('relay.yaml', text)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'bad-config' });
    expect(String(failure)).toMatch(words);
    expect(String(failure)).toMatch(new RegExp(`relay\\.yaml:\\d+:\\d+ .*${where.source}`));
  });
});

describe('break-glass accounts', () => {
  it('are an issuer of their own, with short defaults, and none where the section is left out', async () => {
    const { config } = await load('accounts: [{ name: kim, groups: [a] }]', '', 'http://localhost:8443');
    expect(config.break_glass).toMatchObject({ session_minutes: 30, two_persons: false });
    expect(config.issuers.map(({ issuer }) => issuer)).toEqual([
      'http://127.0.0.1:9000',
      'http://localhost:8443/break-glass',
    ]);
    const without = await loadConfig(await folder.write('relay.yaml', minimalConfig()));
    expect(without.config.issuers).toHaveLength(1);
  });
});
