import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import { auditLine } from '../../relay/audit/audit-line.ts';
import { openAuditStore } from '../../relay/audit/audit-store.ts';
import { openRevisionStore, revisionHash } from '../../relay/revisions/revision-store.ts';
import { alice, decision, outcome } from '../relay/audit/audit-records.ts';
import { shipFolder } from '../relay/audit/shared/ship-folder.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../relay/config/config-folder.ts';
import { postgresPlace } from '../support/postgres-place.ts';
import { runRelayCommand, shellWords } from '../support/run-relay-command.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/start-postgres.ts';
import { commandsOf } from './page-commands.ts';

const ofSeveral = commandsOf('the audit of several relays').map(shellWords);
const ofOne = commandsOf('the audit of one relay').map(shellWords);

const configText = minimalConfig({ relay: '  data: data' }).replaceAll('orders', 'payroll');
const records = 4800;
let folder: ConfigFolder;

beforeAll(async () => {
  folder = await openConfigFolder();
  await folder.write('relay.yaml', configText);
  const dataDir = folder.file('data');
  mkdirSync(dataDir, { mode: 0o700 });
  const files = auditFiles(dataDir);
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
  const caller = { ...alice, username: 'alice' };
  for (let size = 0; size < records; size += 400) {
    const lines = Array.from({ length: 200 }, (_, at) => [
      decision(`r${size + at}`, { caller, api: 'payroll', effect: 'deny', timeMs: Date.now() }),
      { ...outcome(`r${size + at}`), status: 503, timeMs: Date.now() },
    ]);
    store.write(lines.flat().map((record) => auditLine(record)));
    store.checkpoint();
  }
  store.close();
  const revisions = openRevisionStore(dataDir);
  const timeMs = Date.parse('2026-11-01T00:00:00Z');
  revisions.keep({ timeMs, event: 'loaded', file: '/etc/relay.yaml', hash: revisionHash(configText) }, configText);
  revisions.close();
}, 60_000);
afterAll(() => folder.close());

describe('each command on the audit page', () => {
  it('is run by a test', () => {
    const lines = commandsOf('the audit of one relay');
    expect(lines).toEqual([...new Set(lines)]);
    expect([ofOne.length, ofSeveral.length]).toEqual([11, 3]);
  });

  it('does what it says with the audit of one relay', { timeout: 240_000 }, async () => {
    for (const words of ofOne) {
      const given = words.map((word) => (word === '3f2a9c0b71de' ? revisionHash(configText).slice(0, 12) : word));
      const place = given.includes('--config') ? [] : ['--config', 'relay.yaml'];
      const { code, said } = await runRelayCommand([...given, ...place], {
        cwd: folder.path,
        ...(given.includes('tail') ? { untilSaid: 'alice' } : {}),
      });
      // Nobody has a right by this config.
      expect([words.join(' '), code, said]).toEqual([
        words.join(' '),
        words[0] === 'explain' ? 3 : 0,
        expect.not.stringMatching(/^(?:error|No record)/),
      ]);
      expect(said).toMatch(saysOf(words));
    }
    expect(readFileSync(folder.file('week.jsonl'), 'utf8').trim().split('\n')).toHaveLength(records / 2);
    expect(existsSync(auditFiles(folder.file('data')).verifierKey)).toBe(true);
  });

  it.runIf(postgresPrograms !== null)('does what it says with several relays', { timeout: 240_000 }, async () => {
    const server: PostgresServer = await startPostgres();
    try {
      const storage = await server.createDatabase();
      await shipFolder(folder.file('data'), postgresPlace(storage), 'berlin-1');
      await folder.write('relay.yaml', `${configText}storage: ${JSON.stringify(storage)}\n`);
      for (const words of ofSeveral) {
        const { code, said } = await runRelayCommand(words, { cwd: folder.path });
        expect([words.join(' '), code, said]).toEqual([words.join(' '), 0, expect.stringContaining('berlin-1')]);
        expect(said).toMatch(saysOf(words));
      }
    } finally {
      await server.stop();
    }
  });
});

function saysOf([command, sub]: readonly string[]): RegExp {
  switch (`${command} ${sub}`) {
    case 'audit list':
    case 'audit tail':
      return /alice/;
    case 'audit export':
      return /2,?400 /;
    case 'audit verify':
      return /The audit is whole/;
    case 'audit prove':
      return /causeway\/audit\//;
    case 'configs list':
    case 'configs show':
      return /relay/;
    case 'keys replace-audit':
      return /causeway\/audit\//;
    default:
      return /payroll/;
  }
}
