import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { fillFolder } from '../relay/move/fill-folder.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../relay/config/config-folder.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/start-postgres.ts';
import { commandsOf } from './page-commands.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/storage.md');
const relay = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));

/** The blocks of a kind in a section. */
const blocksIn = (heading: string, kind: string): readonly string[] =>
  [...sectionOf(page, heading).matchAll(/^```(\w*)\n([^]*?)^```$/gmu)]
    .filter(([, found]) => found === kind)
    .map(([, , block = '']) => block.trim());

test('the table of what Redis has names each key that the relay makes there, and no other', () => {
  const root = new URL('../../', import.meta.url);
  const sources = readdirSync(new URL('relay', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readProjectFile(`relay/${name.replaceAll('\\', '/')}`));
  const inCode = sources.flatMap((source) => [
    ...Array.from(source.matchAll(/redis\.key\(['`]([\w:-]+)/g), ([, name = '']) => name),
    ...(source.includes('redis.key(streamName)')
      ? Array.from(source.matchAll(/streamName = '([\w:-]+)'/g), ([, name = '']) => name)
      : []),
    ...Array.from(source.matchAll(/\$\{prefix\}:([a-z][\w-]*)/g), ([, name = '']) => name),
  ]);
  const rows = tableIn(sectionOf(page, '## What Redis has of people'));
  const named = rows.flatMap((row) => codesIn(Object.values(row)[0] ?? '')).filter((name) => name !== 'storage');
  const isOf = (key: string, name: string): boolean =>
    name.endsWith('…') ? key.startsWith(name.slice(0, -2)) : key === name;
  expect(inCode.filter((key) => !named.some((name) => isOf(key, name)))).toEqual([]);
  expect(named.filter((name) => !inCode.some((key) => isOf(key, name)))).toEqual([]);
});

let folder: ConfigFolder;
let server: PostgresServer;
let storage = '';
let administrator = '';

async function run(program: string, words: readonly string[], env = {}): Promise<readonly [number, string]> {
  const child = spawn(program, words, {
    cwd: folder.file('.'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return [Number(code), output + errors];
}

/** Runs a command of the page that begins with `npm run relay --`. */
async function relayCommand(line: string): Promise<readonly [number, string]> {
  const words = line.replace(/^npm run relay -- /, '').split(' ');
  expect(words.join(' ')).not.toBe(line);
  return run(process.execPath, [relay, ...words]);
}

async function asking<Result>(address: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const tablesIn = (address: string): Promise<readonly string[]> =>
  asking(address, async (client) => {
    const { rows } = await client.query(
      "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
    );
    return rows.map((row: { relname: string }) => row.relname);
  });

describe.runIf(postgresPrograms !== null)('the page on storage', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    folder = await openConfigFolder();
    server = await startPostgres();
    administrator = await server.createDatabase('administration');
    const [first = '', second = ''] = blocksIn('## A PostgreSQL for the relays', 'sql');
    await asking(administrator, async (client) => {
      // One by one, as psql does: a database can't be made in a transaction.
      for (const statement of first.split(';').filter((one) => one.trim() !== '')) await client.query(statement);
    });
    await asking(administrator.replace(/administration$/, 'causeway'), (client) => client.query(second));
    storage = `postgres://causeway:choose%20a%20password@127.0.0.1:${server.port}/causeway`;
    await folder.write(
      'relay.yaml',
      `${minimalConfig({ relay: '  listen: { port: 0 }\n  drain_seconds: 0\n  data: data' })}\nstorage: ${JSON.stringify(storage)}\n`,
    );
    await fillFolder(folder.file('data'));
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await folder.close();
  });

  test('the commands to move a folder do what it says', async () => {
    const blocks = blocksIn('## Moving a folder to PostgreSQL', '');
    expect(blocks.map((block) => block.replace(/^npm run relay -- /, ''))).toEqual(commandsOf('moving a folder'));
    expect(blocks).toEqual([
      'npm run relay -- storage move -c relay.yaml --dry-run',
      'npm run relay -- storage move -c relay.yaml',
    ]);
    const [look = '', move = ''] = blocks;
    const looked = await relayCommand(look);
    expect(looked).toEqual([0, expect.stringMatching(/locks +40 +0\n/)]);
    expect(await tablesIn(storage)).toEqual([]);
    expect(existsSync(folder.file('data/moved-to-storage'))).toBe(false);
    for (const before of ['0', '40'])
      expect(await relayCommand(move)).toEqual([0, expect.stringMatching(new RegExp(`locks +40 +${before} +40\n`))]);
    expect(existsSync(folder.file('data/moved-to-storage'))).toBe(true);
    await folder.write('alone.yaml', minimalConfig({ relay: '  data: data' }));
    const alone = await run(process.execPath, [relay, 'serve', '-c', 'alone.yaml']);
    expect(alone).toEqual([2, expect.stringContaining('was moved to a storage')]);
  });

  test('each table and file that it names is there, and no table but those', async () => {
    const rows = tableIn(sectionOf(page, '## What is kept where'));
    const named = rows.flatMap((row) => codesIn(`${row['without storage'] ?? ''} ${row['with storage'] ?? ''}`));
    const tables = (await tablesIn(storage)).map((name) => name.replace(/_\d{8}$/, ''));
    const kept = named.filter((name) => !name.includes('.'));
    const isOf = (name: string, table: string): boolean =>
      name.endsWith('…') ? table.startsWith(name.slice(0, -1)) : table === name;
    expect(kept.filter((name) => !tables.some((table) => isOf(name, table)))).toEqual([]);
    const others = new Set(['causeway_schema', 'change']);
    expect(
      [...new Set(tables)].filter((table) => !others.has(table) && !kept.some((name) => isOf(name, table))),
    ).toEqual([]);
    for (const name of [
      'sessions.sqlite',
      'revocations.sqlite',
      'access.sqlite',
      'config-revisions.sqlite',
      'usage.db',
    ])
      expect([name, named.includes(name), existsSync(folder.file(`data/${name}`))]).toEqual([name, true, true]);
  });

  test('who has the role of readers reads, and writes nothing', async () => {
    await asking(storage.replace(/^postgres:\/\/[^@]*@/, 'postgres://postgres:test-password@'), (client) =>
      client.query("CREATE ROLE auditor LOGIN PASSWORD 'a' IN ROLE causeway_reader"),
    );
    const reader = `postgres://auditor:a@127.0.0.1:${server.port}/causeway`;
    await asking(reader, async (client) => {
      for (const table of await tablesIn(storage)) await client.query(`SELECT 1 FROM ${table} LIMIT 1`);
      await expect(client.query("INSERT INTO lock VALUES ('x', NULL, '{}')")).rejects.toThrow('permission denied');
      await expect(client.query('CREATE TABLE mine (id int)')).rejects.toThrow('permission denied');
    });
  });

  test('a relay goes on where the moved folder ended', async () => {
    const audit = async (): Promise<{ readonly last: number; readonly records: number; readonly relays: number }> =>
      asking(storage, async (client) => {
        const { rows } = await client.query(
          'SELECT max(seq)::int AS last, count(*)::int AS records, count(DISTINCT relay)::int AS relays FROM audit_record',
        );
        return rows[0] as { last: number; records: number; relays: number };
      });
    const before = await audit();
    const child = spawn(process.execPath, [relay, 'serve', '-c', 'relay.yaml'], {
      cwd: folder.file('.'),
      stdio: 'ignore',
    });
    const until = performance.now() + 90_000;
    while ((await audit()).last === before.last && performance.now() < until) await wait(200);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const after = await audit();
    expect(after.last).toBeGreaterThan(before.last);
    expect(after).toEqual({ last: after.records, records: after.last, relays: 1 });
    const [code, output] = await run(process.execPath, [
      relay,
      'report',
      'usage',
      '--since',
      '2026-11-01T00:00:00Z',
      '--until',
      '2026-11-05T00:00:00Z',
      '-c',
      'relay.yaml',
    ]);
    expect([code, output]).toEqual([0, expect.stringMatching(/^orders +400 /m)]);
  });

  test('what an older relay says is what it says', () => {
    const dataDir = folder.file('newer');
    openGrantStore(dataDir).close();
    const database = new DatabaseSync(join(dataDir, 'access.sqlite'));
    database.exec('PRAGMA user_version = 3');
    database.close();
    const [sentence = ''] = blocksIn('## Schema versions and upgrades', '');
    expect(() => openGrantStore(dataDir)).toThrow(sentence);
  });

  test('a backup that was made as it says can be put back', async () => {
    const [backup = '', putBack = '', dump = ''] = blocksIn('## Backup', '');
    expect([backup, putBack].map((block) => block.replace(/^npm run relay -- /, ''))).toEqual(commandsOf('a backup'));
    const to = folder.file('backup');
    const shown = '/backup/causeway-2026-03-02';
    expect([backup.includes(shown), putBack.includes(shown)]).toEqual([true, true]);
    const [made, said] = await relayCommand(backup.replace(shown, to));
    expect([made, said]).toEqual([0, expect.stringContaining('pg_dump')]);
    const emptied = readFileSync(folder.file('relay.yaml'), 'utf8');
    await folder.write('relay.yaml', emptied.replace(/^( {2}data: ).*$/m, `$1restored`));
    const [restored, told] = await relayCommand(putBack.replace(shown, to));
    await folder.write('relay.yaml', emptied);
    expect([restored, told]).toEqual([0, expect.stringContaining('Its audit is whole')]);
    const copy = new DatabaseSync(folder.file('restored/access.sqlite'), { readOnly: true });
    expect(copy.prepare('SELECT count(*) AS n FROM access_request').get()).toEqual({ n: 90 });
    copy.close();
    const empty = storage.replace(/causeway$/, 'causeway_2');
    await asking(administrator, async (client) => {
      for (const statement of blocksIn('## A PostgreSQL for the relays', 'sql')[0]?.split(';') ?? [])
        if (/DATABASE/.test(statement))
          await client.query(statement.replaceAll('DATABASE causeway', 'DATABASE causeway_2'));
    });
    const env = { STORAGE: storage, EMPTY: empty, PATH: `${postgresPrograms}:${process.env['PATH'] ?? ''}` };
    const [save = '', restore = ''] = dump.split('\n');
    expect(await run('sh', ['-ec', save], env)).toEqual([0, '']);
    expect(await run('sh', ['-ec', restore], env)).toEqual([0, '']);
    const found = await asking(empty, async (client) => {
      const { rows } = await client.query(
        'SELECT (SELECT count(*) FROM access_request) AS requests, (SELECT count(*) FROM lock) AS locks',
      );
      return rows;
    });
    expect(found).toEqual([{ requests: '90', locks: '40' }]);
  });
});
