import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditReader } from '../../../../relay/audit/reading/audit-reader.ts';
import type { AuditFilters } from '../../../../relay/audit/reading/audit-query.ts';
import type { AuditSource, Cursor, SourcedEntry } from '../../../../relay/audit/reading/audit-source.ts';
import { openSharedSource } from '../../../../relay/audit/shared/shared-source.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';
import { fillAudit, requestIdOf } from '../../../support/fill-audit.ts';
import { postgresPlace } from '../../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../../support/start-postgres.ts';
import { useTemporaryFolder } from '../reading/temporary-folders.ts';
import { shipFolder } from './ship-folder.ts';

// Two segments that are indexed, and some records behind them that aren’t.
const count = 66_000;
const folder = useTemporaryFolder();
const other = useTemporaryFolder();
const third = useTemporaryFolder();

async function collect<Item>(items: AsyncIterable<Item>, limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length === limit) break;
  }
  return all;
}

const questions: readonly (readonly [string, AuditFilters])[] = [
  ['a person', { user: 'person-77' }],
  ['a subject', { user: 'subject-77' }],
  ['a group and a status', { group: 'team-7', status: '5xx' }],
  ['an API and an effect', { api: 'payroll', effect: 'deny' }],
  ['a method and a path', { api: 'orders', method: 'GET', path: '/v1/orders/17' }],
  ['a beginning of paths', { path: '/v1/orders', user: 'person-3' }],
  ['a rule', { rule: 'staff-write', user: 'person-5' }],
  ['a code', { code: 'token-expired' }],
  ['a status of late outcomes, too', { status: '404', user: 'person-1' }],
  ['a session', { session: 'session-9' }],
  ['a device', { device: 'laptop-9', method: 'POST' }],
  ['an address', { address: '10.0.0.7' }],
  ['a grant', { type: 'access' }],
  ['a type', { type: 'session' }],
  ['a time', { sinceMs: Date.parse('2026-01-05T00:01:00Z'), untilMs: Date.parse('2026-01-05T00:01:01Z') }],
  ['nothing that there is', { user: 'person-77', device: 'laptop-9' }],
];

describe.runIf(postgresPrograms !== null)('the audit of several relays in PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let storage: PostgresSettings;
  const open = async <Result>(
    relay: string | undefined,
    work: (source: AuditSource) => Promise<Result>,
  ): Promise<Result> => {
    const source = await openSharedSource({ storage, relay });
    try {
      return await work(source);
    } finally {
      await source.close();
    }
  };
  const known = (relay: string, filters: AuditFilters): readonly SourcedEntry[] => {
    const reader = openAuditReader(folder.path);
    const entries = [...reader.newestFirst(filters)].map((entry) => ({ relay, ...entry }));
    reader.close();
    return entries;
  };

  beforeAll(async () => {
    server = await startPostgres();
    storage = postgresPlace(await server.createDatabase());
    fillAudit(folder.path, count);
    await shipFolder(folder.path, storage, 'r-one');
  }, 120_000);
  afterAll(() => server.stop());

  it.each(questions)('answers a question about %s as the folder of the relay does', async (_what, filters) => {
    const found = await open('r-one', (source) => collect(source.newestFirst(filters)));
    const expected = known('r-one', filters);
    expect(found.map(({ cursor: _cursor, ...entry }) => entry)).toEqual(expected);
    const lines = await open('r-one', (source) => collect(source.inOrder(filters)));
    expect(lines.flat().map(({ seq }) => seq)).toEqual(expected.map(({ seq }) => seq).toReversed());
  });

  it('finds a request by its id', async () => {
    const [some] = known('r-one', { user: 'person-5', type: 'decision' });
    const request = requestIdOf(some?.seq ?? 0);
    expect(await open('r-one', (source) => collect(source.newestFirst({ request })))).toMatchObject([
      { seq: some?.seq },
    ]);
    await open('r-one', (source) => source.requireKnownNames({ request }));
  });

  it('names those that come near a name that nobody has', async () => {
    const asked = open(undefined, (source) => source.requireKnownNames({ user: 'person-2001x' }));
    await expect(asked).rejects.toThrow(/No record of this audit names a person “person-2001x”. Near it: “person-/);
    await open(undefined, (source) => source.requireKnownNames({ user: 'person-77', api: 'payroll' }));
    await expect(open('r-nobody', (source) => collect(source.newestFirst({})))).rejects.toThrow(
      'No record of this audit is of the relay “r-nobody”. There are: r-one.',
    );
  });

  it('gives the records of all by time, page by page, without a gap and none twice', async () => {
    fillAudit(other.path, 20_000);
    await shipFolder(other.path, storage, 'r-two');
    const filters: AuditFilters = { user: 'person-700' };
    const whole = await open(undefined, (source) => collect(source.newestFirst(filters)));
    const pages: SourcedEntry[] = [];
    let cursor: Cursor | undefined;
    for (;;) {
      const page = await open(undefined, (source) => collect(source.newestFirst(filters, cursor), 7));
      pages.push(...page);
      cursor = page.at(-1)?.cursor;
      if (page.length < 7) break;
    }
    expect(pages).toEqual(whole);
    const names = whole.map(({ relay, seq }) => `${relay} ${seq}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(whole.map(({ relay }) => relay))).toEqual(new Set(['r-one', 'r-two']));
    const times = whole.map(({ record }) => record.timeMs);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    await expect(open(undefined, (source) => collect(source.newestFirst(filters, 5)))).rejects.toThrow(
      'name it with --relay',
    );
    await expect(open(undefined, (source) => collect(source.newestFirst(filters, 'r-no:5')))).rejects.toThrow(
      '“r-no:5” in the cursor isn’t a place in the records of a relay',
    );
  });

  it('exports all, and goes on later behind what was there', async () => {
    fillAudit(third.path, 2000);
    await shipFolder(third.path, storage, 'r-three');
    const first = await open('r-three', async (source) => {
      const lines = (await collect(source.inOrder({}))).flat();
      return { lines, end: source.end() };
    });
    expect(first.end).toBe(2000);
    expect(first.lines.every(({ record }) => !record.startsWith('{"type":"outcome"'))).toBe(true);
    expect(await open('r-three', async (source) => (await collect(source.inOrder({}, first.end))).flat())).toEqual([]);
    const all = await open(undefined, async (source) => source.end('r-three:17'));
    expect(all).toBe(`r-three:2000,r-one:${count},r-two:20000`);
  });
});
