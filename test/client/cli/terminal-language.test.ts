import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { terminalLocale } from '../../../client/cli/terminal-language.ts';
import { freePort } from '../../support/free-port.ts';

// Each command is a process of its own.
vi.setConfig({ testTimeout: 40_000 });

describe('the language of a command', () => {
  test.each([
    [{}, 'en'],
    [{ LANG: 'de_AT.UTF-8' }, 'de-AT'],
    [{ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'en_GB.UTF-8' }, 'en-GB'],
    [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'de_CH.UTF-8' }, 'de-CH'],
    [{ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'de_DE.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LC_ALL: '', LC_MESSAGES: '', LANG: 'de' }, 'de'],
    [{ LANG: 'fr_FR.UTF-8' }, 'en'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: '../../de' }, 'en'],
    // Times of day are no words.
    [{ LC_TIME: 'de_DE.UTF-8' }, 'en'],
  ])('with %j is %s', (environment, locale) => {
    expect(terminalLocale(environment, false)).toBe(locale);
  });

  test('is English for programs', () => {
    expect(terminalLocale({ LC_ALL: 'de_DE.UTF-8' }, true)).toBe('en');
  });
});

describe('what a command says', () => {
  let stateDir: string;
  let nowhere: string;
  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'causeway-language-'));
    nowhere = `https://127.0.0.1:${await freePort()}`;
  });
  afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

  function causeway(lang: string, ...args: readonly string[]) {
    const cli = join(import.meta.dirname, '../../../client/cli.ts');
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, LANG: lang, CAUSEWAY_PASSPHRASE: 'a passphrase for tests' };
    const all = [cli, ...args, '--state-dir', stateDir, '--alone', '--no-browser'];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { env, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  test('is German where the app says it, too', () => {
    const { status, stderr } = causeway('de_DE.UTF-8', 'apis');
    expect([status, stderr.split('\n')[0]]).toEqual([3, 'Sie sind nicht angemeldet.']);
    expect(stderr).toContain('Melden Sie sich an und versuchen Sie es erneut.');
    expect(causeway('fr_FR.UTF-8', 'apis').stderr).toMatch(/^You aren’t signed in\./);
  });

  test('is German of the doctor’s steps', () => {
    const { status, stdout } = causeway('de_DE.UTF-8', 'doctor', nowhere);
    expect(status).toBe(4);
    expect(stdout).toContain('Das Relay ist nicht erreichbar.');
    expect(stdout).toMatch(/^– .*ein früherer Schritt/m);
    expect(stdout).not.toMatch(/\b(?:an earlier step|can’t be reached|then try again)\b/);
  });

  test('is the same for programs, whatever the language', () => {
    const [german, english] = ['de_DE.UTF-8', 'C'].map((lang) => causeway(lang, 'apis', '--json'));
    const problem = JSON.parse(german?.stdout ?? '') as object;
    expect({ ...problem, atMs: 0 }).toEqual({ ...(JSON.parse(english?.stdout ?? '') as object), atMs: 0 });
    expect(problem).toMatchObject({ type: 'problem', code: 'not-signed-in', title: 'You aren’t signed in' });
    expect(causeway('de_DE.UTF-8', '--help').stdout).toContain('list the APIs that the relay knows for you');
  });
});
