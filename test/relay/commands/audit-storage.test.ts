import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { readTasks } from '../../../relay/admin/read-tasks.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { append, decision, silent } from '../audit/audit-fixtures.ts';
import { shipFolder } from '../audit/shared/ship-folder.ts';
import { minimalConfig } from '../config/config-folder.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'causeway-audit-storage-'));

function audit(
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, XDG_STATE_HOME: dir };
    execFile(process.execPath, [main, 'audit', ...flags], { cwd: dir, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

describe.runIf(postgresPrograms !== null)('relay audit with a storage', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    const address = await server.createDatabase();
    writeFileSync(join(dir, 'relay.yaml'), minimalConfig({ relay: '  id: r-one', tail: `storage: ${address}` }), {
      mode: 0o600,
    });
    for (const [relay, folder] of [
      ['r-one', 'data'],
      ['r-two', 'data-two'],
    ] as const) {
      const dataDir = join(dir, folder);
      const log = await createAuditLog({ dataDir, log: silent });
      for (const id of ['a', 'b']) await append(log, decision(`${relay}-${id}`));
      await log.close();
      await shipFolder(dataDir, postgresPlace(address), relay);
    }
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is read by the admin API, too, page by page, or of one relay', async () => {
    const loaded = await loadConfig(join(dir, 'relay.yaml'));
    if (loaded.storage === undefined) throw new Error('The config has a storage.');
    const shared = { postgres: loaded.storage, relay: 'r-one' };
    const dataDir = loaded.config.relay.data;
    const state = { dataDir, storage: loaded.storage };
    const place = { config: loaded.config, counts: { dataDir, shared }, state };
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 5; pages += 1) {
      const asked = { filters: { user: 'alice' }, limit: 1, ...(cursor === undefined ? {} : { cursor }) };
      const { records, next } = await readTasks.audit(place, asked);
      seen.push(...records.map(({ relay, seq }) => `${relay} ${seq}`));
      if (next === null) break;
      cursor = String(next);
    }
    expect(seen.toSorted()).toEqual(['r-one 1', 'r-one 2', 'r-two 1', 'r-two 2']);
    const one = await readTasks.audit(place, { filters: {}, limit: 10, relay: 'r-two' });
    expect(one.records.map(({ seq }) => seq)).toEqual([2, 1]);
  });

  it('lists, exports and verifies the records of all relays, or of one', async () => {
    const all = await audit('list', '--user', 'alice', '--json');
    const entries = all.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly relay: string; readonly seq: number });
    expect(entries.map(({ relay, seq }) => `${relay} ${seq}`).toSorted()).toEqual([
      'r-one 1',
      'r-one 2',
      'r-two 1',
      'r-two 2',
    ]);
    const one = await audit('list', '--relay', 'r-two', '--limit', '1');
    expect([one.out, one.err]).toEqual([
      expect.stringMatching(/^r-two 2 {2}\S+Z {2}alice/),
      expect.stringMatching(/--cursor 2\./),
    ]);
    expect((await audit('export', '--relay', 'r-one')).out.split('\n')).toHaveLength(3);
    const verified = await audit('verify');
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(/^r-one: The audit is whole: 2 records.*\nr-two: The audit is whole: 2 records.*\n$/);
  });

  it.each([
    [['list', '--relay', 'r-three'], 'No record of this audit is of the relay “r-three”. There are: r-one, r-two.'],
    [['list', '--user', 'alise'], 'No record of this audit names a person “alise”. Near it: “alice”.'],
    [['list', '--cursor', '7'], 'The cursor 7 is of one relay: name it with --relay.'],
    [['list', '--data', 'data', '--relay', 'r-one'], '--data and --relay don’t go together'],
    [['verify', '--state', 'state.json'], '--state and --verifier-key go together with --relay'],
  ])('refuses %j', async (flags, words) => {
    const { code, err } = await audit(...flags);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });
});
