import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type CountsPlace, openCounts } from '../../../relay/reports/open-counts.ts';
import { addReportCommands } from '../../../relay/commands/report/add-report-commands.ts';
import type { Report } from '../../../relay/reports/run-report.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { anomalyMigrations } from '../../../relay/anomalies/shared-tables.ts';
import { openSharedWatch } from '../../../relay/anomalies/shared-watch.ts';
import { openWatch } from '../../../relay/anomalies/watch-audit.ts';
import { openPostgresClient } from '../../../relay/storage/postgres/postgres-client.ts';
import { shipFolder } from '../audit/shared/ship-folder.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { commandsOf } from '../../docs/page-commands.ts';
import { shellWords } from '../../support/run-relay-command.ts';
import { asked, caller, denied, hourMs, noonMs, writeAudit } from '../reports/audit-of.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';

const config = `
relay: { name: Acme, url: "https://relay.example", data: data }
issuers: [{ name: SSO, issuer: "https://idp.example", client_id: causeway, audience: "https://relay.example" }]
apis:
  - id: orders
    name: Orders
    upstream: http://127.0.0.1:1
    access_requests: { roles: [orders-admins], approvers: [leads] }
    rules:
      - { name: developers-read, groups: [developers, interns], methods: [GET] }
      - { name: refunds, groups: [orders-admins], paths: [/v1/refunds/**] }
      - { name: never-delete, effect: deny, methods: [DELETE] }
  - id: wiki
    name: Wiki
    upstream: http://127.0.0.1:1
    rules: [{ name: everybody }]
`;

const [alice, bob, carol] = [caller('alice'), caller('bob', ['sales']), caller('carol', ['developers', 'sales'])];
const day = (hours: number): number => hours - 24;
const refund = (id: number): Partial<Extract<AuditRecord, { type: 'decision' }>> => ({
  method: 'POST',
  path: `/v1/refunds/${id}`,
});
const grant: AuditRecord = {
  type: 'access',
  timeMs: noonMs,
  event: 'approved',
  grant: 'g1',
  requester: { issuer: bob.issuer, subject: bob.subject, username: 'bob' },
  api: 'orders',
  role: 'orders-admins',
  hours: 1,
  expiresAtMs: noonMs,
  by: 'lead',
  note: '',
};
const records: readonly AuditRecord[] = [
  asked(alice, day(1)),
  asked(alice, day(2), { api: 'wiki', rule: 'everybody' }),
  denied(bob, day(3), refund(6)),
  ...[1, 2, 3].map(() => asked(alice, 1)),
  asked(carol, 2),
  denied(bob, 2, refund(7)),
  denied(bob, 3, refund(8)),
  denied(carol, 3, refund(9)),
  denied(alice, 4, { method: 'DELETE', path: '/v1/orders/1', rule: 'never-delete' }),
  denied(carol, 4, { api: 'gone', path: '/\u001b[2J' }),
  denied(carol, 4, { api: 'wiki', path: '/now' }),
  grant,
];
const period = ['--since', '2026-11-02T12:00:00Z', '--until', '2026-11-03T12:00:00Z'];
let folder = '';
let server: PostgresServer | undefined;
let shared: CountsPlace['shared'] = null;

async function run(...words: readonly string[]): Promise<string> {
  const texts: string[] = [];
  const program = new Command('relay').exitOverride().configureOutput({ writeErr: () => undefined });
  addReportCommands(
    program,
    (text) => texts.push(text),
    async (file) => {
      const loaded = await loadConfig(file, { files: 'skip' });
      const place = { dataDir: loaded.config.relay.data, shared };
      return { config: loaded.config, usage: await openCounts(place), place };
    },
    () => Promise.resolve(null),
  );
  for (const report of program.commands)
    for (const command of report.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['report', ...words, '--config', join(folder, 'relay.yaml')], { from: 'user' });
  return texts.join('');
}

const rowsOf = async (...words: readonly string[]): Promise<Report['rows']> =>
  (JSON.parse(await run(...words, ...period, '--json')) as Report).rows;

/** Where the same records are counted to, and answered from. */
const engines = postgresPrograms === null ? (['SQLite'] as const) : (['SQLite', 'PostgreSQL'] as const);

describe.each(engines)('relay report from %s', (engine) => {
  beforeAll(async () => {
    if (engine === 'PostgreSQL') {
      server = await startPostgres();
      shared = { postgres: postgresPlace(await server.createDatabase()), relay: 'r-1' };
    }
    folder = mkdtempSync(join(tmpdir(), 'causeway-reports-'));
    writeFileSync(join(folder, 'relay.yaml'), config);
    await writeAudit(join(folder, 'data'), records);
    return async () => {
      rmSync(folder, { recursive: true, force: true });
      await server?.stop();
    };
  });

  it.each([
    [['usage', '--api', 'oders'], 'No API “oders” is in the config or in the counts.'],
    [['denials', '--user', 'mallory'], 'No person “mallory” is in the config or in the counts.'],
    [['people', '--group', 'developer'], 'No group “developer” is in the config or in the counts.'],
    [['unused', '--api', 'oders'], 'No API “oders” is in the config or in the counts.'],
    [['usage', '--since', 'yesterday'], '“yesterday” isn’t a time.'],
    [['groups', '--until', '2026-13-01T00:00:00Z'], '“2026-13-01T00:00:00Z” isn’t a time.'],
    [['usage', '--since', '2026-11-03T00:00:00Z', '--until', '2026-11-02T00:00:00Z'], 'The period is empty'],
    [['usage', '--limit', '-1'], '“limit” must be a whole number from 1 to 1000000000, not “-1”.'],
    [['usage', '--limit', '1e3'], 'not “1e3”.'],
    [['usage', '--by', 'colour'], 'Allowed choices are api, hour, day, group, person, rule, decision'],
    [['people', '--by', 'api'], "unknown option '--by'"],
    [['unused', '--user', 'alice'], "unknown option '--user'"],
    [['anomalies', '--api', 'oders'], 'No API “oders” is in the config or in the counts.'],
    [['anomalies', '--until', 'soon'], '“soon” isn’t a time.'],
    [['everything'], "unknown command 'everything'"],
  ])('refuses %j', async (words, message) => {
    await expect(run(...words)).rejects.toThrow(message);
  });

  it('counts APIs against the period before', async () => {
    expect(await rowsOf('usage')).toEqual([
      { name: 'orders', requests: 8, denied: 4, people: 3, requestsBefore: 2, deniedBefore: 1, peopleBefore: 2 },
      { name: 'wiki', requests: 1, denied: 1, people: 1, requestsBefore: 1, deniedBefore: 0, peopleBefore: 1 },
      { name: 'gone', requests: 1, denied: 1, people: 1, requestsBefore: 0, deniedBefore: 0, peopleBefore: 0 },
    ]);
  });

  it.each([
    [
      'decision',
      [
        ['deny', 6, 1],
        ['allow', 4, 2],
      ],
    ],
    [
      'person',
      [
        ['alice', 4, 2],
        ['carol', 4, 0],
        ['bob', 2, 1],
      ],
    ],
    [
      'group',
      [
        ['developers', 8, 2],
        ['sales', 6, 1],
      ],
    ],
    [
      'rule',
      [
        ['developers-read', 4, 1],
        ['never-delete', 1, 0],
        ['everybody', 0, 1],
      ],
    ],
    ['day', [['2026-11-02T00:00:00.000Z', 10, 3]]],
    [
      'hour',
      [
        ['2026-11-02T13:00:00.000Z', 3, 1],
        ['2026-11-02T14:00:00.000Z', 2, 1],
        ['2026-11-02T15:00:00.000Z', 2, 1],
        ['2026-11-02T16:00:00.000Z', 3, 0],
      ],
    ],
  ])('counts by %s', async (key, expected) => {
    const rows = (await rowsOf('usage', '--by', key)).map((row) => [
      row['name'],
      row['requests'],
      row['requestsBefore'],
    ]);
    // One row for each API where no rule decided, in no order among themselves.
    const named = rows.filter(([name]) => name !== null);
    expect(named).toHaveLength(expected.length);
    expect(named).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    [['--api', 'wiki'], [['carol', 1]]],
    [['--user', 'subject-bob'], [['bob', 2]]],
    [
      ['--group', 'sales'],
      [
        ['carol', 4],
        ['bob', 2],
      ],
    ],
    [['--group', 'interns'], []],
  ])('narrows people with %j', async (filter, expected) => {
    const rows = (await rowsOf('people', ...filter)).filter((row) => row['requests'] !== 0);
    expect(rows.map((row) => [row['name'], row['requests']])).toEqual(expected);
  });

  it('says which denials repeat and what would unlock them', async () => {
    expect(await rowsOf('denials')).toEqual([
      {
        api: 'orders',
        request: 'POST /*/refunds/*',
        requests: 3,
        people: 2,
        requestsBefore: 1,
        lastHour: '2026-11-02T15:00:00.000Z',
        example: '/v1/refunds/9',
        rule: null,
        unlockedBy: ['orders-admins'],
        hint: 'Can be asked for: orders-admins.',
      },
      expect.objectContaining({ api: 'gone', hint: 'There is no API “gone” in the config.' }),
      expect.objectContaining({
        api: 'orders',
        rule: 'never-delete',
        hint: 'Only a change of the deny rule “never-delete”.',
      }),
      expect.objectContaining({ api: 'wiki', hint: 'Rule “everybody” allows it now.' }),
    ]);
  });

  it('says what nobody needed, and when it was needed last', async () => {
    const rows = await rowsOf('unused');
    expect(rows.map((row) => [row['kind'], row['name'], row['api'], row['requestsBefore'], row['lastHour']])).toEqual([
      ['rule', 'refunds', 'orders', 0, null],
      ['group', 'interns', 'orders', 0, null],
      ['group', 'orders-admins', 'orders', 0, null],
      ['role', 'orders-admins', 'orders', 0, null],
      ['api', 'wiki', 'wiki', 1, '2026-11-01T14:00:00.000Z'],
      ['rule', 'everybody', 'wiki', 1, '2026-11-01T14:00:00.000Z'],
      ['grant', 'g1', 'orders', 0, null],
    ]);
    expect((await rowsOf('unused', '--api', 'wiki')).length).toBe(2);
  });

  it('prints a table without what steers a terminal, and says what it leaves out', async () => {
    const text = await run('denials', ...period, '--limit', '3');
    expect(text.split('\n')).toEqual([
      'denials, 2026-11-02T12:00:00.000Z to 2026-11-03T12:00:00.000Z; before: 2026-11-01T12:00:00.000Z to 2026-11-02T12:00:00.000Z',
      '',
      expect.stringMatching(/^api {5}request +requests {2}people {2}requests before {2}last hour/),
      expect.stringMatching(/^orders {2}POST \/\*\/refunds\/\* +3 +2 +1 {2}2026/),
      expect.stringContaining('There is no API “gone”'),
      expect.stringContaining('never-delete'),
      '',
      '1 more rows; --limit 4 shows all.',
      '',
    ]);
    expect(text).not.toContain('\u001b');
    expect(await run('usage', '--until', '2020-01-01T00:00:00Z')).toContain('No request was counted in either period.');
  });

  it('lists what the relay found, newest first', async () => {
    const settings = anomaliesSchema.parse({ denial_burst: { denials: 2 } });
    const now = (): number => noonMs + 4 * hourMs;
    const dataDir = join(folder, 'data');
    if (shared === null) {
      const watch = openWatch(dataDir, settings, now);
      while (watch.step());
      watch.close();
    } else {
      await shipFolder(dataDir, shared.postgres, shared.relay);
      const sql = await openPostgresClient(shared.postgres, { migrations: [anomalyMigrations] });
      const watch = await openSharedWatch(sql, { settings, lagMs: 0, now });
      while (await watch.step());
      await sql.close();
    }
    expect(await rowsOf('anomalies')).toEqual([
      expect.objectContaining({ rule: 'denial-burst', person: 'carol', time: '2026-11-02T16:00:00.000Z' }),
    ]);
    expect(await rowsOf('anomalies', '--user', 'bob')).toEqual([]);
    expect(await run('anomalies', '--until', '2020-01-01T00:00:00Z')).toBe(
      'anomalies, 2019-12-25T00:00:00.000Z to 2020-01-01T00:00:00.000Z\n\nNothing out of the ordinary was found in this period.\n',
    );
  });

  it('runs each command of the page', async () => {
    const commands = commandsOf('reports').map((line) =>
      shellWords(line.replace(/^report /, '').replace('--config relay.yaml', '')),
    );
    expect(new Set(commands.map(([name]) => name))).toEqual(
      new Set(['usage', 'denials', 'unused', 'people', 'groups', 'anomalies', 'rebuild']),
    );
    for (const words of commands) expect(await run(...words), words.join(' ')).not.toBe('');
  });
});
