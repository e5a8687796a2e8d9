import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { keptCodeOf } from '../../build/kept-code.ts';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import { auditLine } from '../../relay/audit/audit-line.ts';
import { letGroupRead } from '../../relay/audit/audit-readers.ts';
import { openAuditStore } from '../../relay/audit/audit-store.ts';
import { openFolderSealer } from '../../relay/audit/folder-sealer.ts';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { catchUp } from '../../relay/reports/follow-audit.ts';
import { openUsageStore } from '../../relay/reports/sqlite-usage.ts';
import { openRevisionStore, revisionHash } from '../../relay/revisions/revision-store.ts';
import { openSessionStore } from '../../relay/sessions/session-store.ts';
import { alice, decision, silent, temporaryFolder } from '../relay/audit/audit-fixtures.ts';
import { minimalConfig } from '../relay/config/config-folder.ts';
import { shellWords } from '../support/run-relay-command.ts';
import { commandsOf } from './page-commands.ts';

const relay = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));
const nobody = 65_534;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Runs the relay's command line, as an auditor where this user can become one. */
function run(words: readonly string[], asAuditor: boolean): Promise<{ code: number; out: string; err: string }> {
  const auditor = { uid: nobody, gid: nobody, env: { ...process.env, ...keptCodeOf(nobody), HOME: '/nonexistent' } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [relay, ...words], asAuditor && isRoot ? auditor : {}, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** A data folder as a relay leaves it that has recorded, counted, and kept its config. */
async function filledFolder(): Promise<string> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const files = auditFiles(dataDir);
  const sealer = openFolderSealer(files.keys, { erasable: true, refusedDays: undefined });
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
  const caller = { ...alice, subject: '8f2c' };
  const records = [1, 2, 3].map((id) => decision(`r${id}`, { caller, timeMs: Date.now() - id }));
  store.write(sealer.seal(records.map((record) => auditLine(record))));
  store.checkpoint();
  store.close();
  sealer.close();
  const usage = openUsageStore(dataDir);
  await catchUp(dataDir, usage);
  await usage.close();
  const text = minimalConfig({ relay: '  data: elsewhere' }).replaceAll('orders', 'payroll');
  const revisions = openRevisionStore(dataDir);
  const timeMs = Date.parse('2026-11-01T00:00:00Z');
  revisions.keep({ timeMs, event: 'loaded', file: '/etc/relay.yaml', hash: revisionHash(text) }, text);
  revisions.close();
  openGrantStore(dataDir).close();
  openSessionStore(dataDir).close();
  return dataDir;
}

it('an auditor’s commands on the audit page answer, for who may read the folder and nothing else of it', async () => {
  const dataDir = await filledFolder();
  const group = String(isRoot ? nobody : process.getgid?.());
  const readers = letGroupRead({ dataDir, group, log: silent });
  onTestFinished(() => readers.close());
  const commands = commandsOf('an auditor').map(shellWords);
  expect(commands.map(([first, second]) => (first === 'explain' ? first : `${first} ${second}`))).toEqual([
    'audit list',
    'audit verify',
    'configs list',
    'explain',
    'report usage',
  ]);
  for (const words of commands) {
    const given = words.map((word) => (word === '/var/lib/causeway/data' ? dataDir : word));
    const { code, out, err } = await run(given, true);
    // No rule of this config lets anybody do this.
    expect([words.join(' '), code, out !== '', err]).toEqual([
      words.join(' '),
      words[0] === 'explain' ? 3 : 0,
      true,
      '',
    ]);
    if (words[1] === 'list' && words[0] === 'audit') expect(out).toContain('alice');
    if (words[0] === 'explain') expect(out).toMatch(isRoot ? /locks can’t be read from here/ : /Denied/);
    if (words[0] === 'report') expect(out).toContain('orders');
  }
  const mode = (name: string): string => (statSync(join(dataDir, name)).mode & 0o7777).toString(8);
  expect(mode('')).toBe('2710');
  for (const name of [
    'audit.sqlite',
    'audit-keys.sqlite',
    'usage.db',
    'config-revisions.sqlite',
    'audit-verifier-key.txt',
  ])
    expect([name, mode(name)]).toEqual([name, '640']);
  for (const name of ['audit-signing-key.pem', 'sessions.sqlite', 'access.sqlite'])
    expect([name, mode(name)]).toEqual([name, '600']);
}, 180_000);

it('the commands on the audit page that erase a person do so', async () => {
  const dataDir = await filledFolder();
  const [byName, bySubject, ...more] = commandsOf('erasing a person').map(shellWords);
  expect(more).toEqual([]);
  const config = ['--config', 'relay.yaml'].join(' ');
  for (const [words = [], says] of [
    [byName, /^The key is thrown away: the person is called erased-/],
    [bySubject, /^There is no key of this person any more/],
  ] as const) {
    expect(words.join(' ')).toContain(config);
    const given = words.map((word) => (word === '--config' ? '--data' : word === 'relay.yaml' ? dataDir : word));
    expect(await run(given, false)).toEqual({ code: 0, out: expect.stringMatching(says), err: '' });
  }
  expect(readFileSync(auditFiles(dataDir).keys).includes('8f2c')).toBe(false);
}, 180_000);

it('letting a group read is refused for one that there isn’t', () => {
  const dataDir = temporaryFolder();
  expect(() => letGroupRead({ dataDir, group: 'no-such-group-here', log: silent })).toThrow(
    'audit.reader_group: this system has no group “no-such-group-here”.',
  );
});
