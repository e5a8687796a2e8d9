import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { AdminEnv } from '../../../relay/admin/admin-env.ts';
import type { AdminParts } from '../../../relay/admin/admin-parts.ts';
import { addPolicyRoutes } from '../../../relay/admin/policy-routes.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { configsCommand } from '../../../relay/commands/configs.ts';
import { explain } from '../../../relay/commands/explain.ts';
import type { KeptState } from '../../../relay/explain/explain-request.ts';
import type { ElsewhereKept } from '../../../relay/revisions/config-at.ts';
import { openSharedRevisions } from '../../../relay/revisions/open-shared-revisions.ts';
import { revisionHash } from '../../../relay/revisions/revision-store.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { keptInStorage } from '../../../relay/stored/kept-in-storage.ts';
import { openStores } from '../../../relay/stored/open-stores.ts';
import { postgresPlace } from '../../support/postgres-place.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { silent } from '../audit/audit-fixtures.ts';
import { owner } from '../admin/support/serve-app.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

const lax = minimalConfig({ api: '    rules: [{ name: everybody }]' });
const strict = minimalConfig({ api: '    rules: [{ name: leads, groups: [leads] }]' });
const atMs = Date.parse('2026-11-03T09:00:00Z');

describe.runIf(postgresPrograms !== null)('configs of several relays on the command line', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let folder: ConfigFolder;
  let address = '';
  let configPath = '';
  const elsewhere = (relay: string, isAskedFor: boolean): ElsewhereKept => ({
    store: openSharedRevisions({ postgres: postgresPlace(address), relay }, silent),
    isAskedFor,
  });

  beforeAll(async () => {
    server = await startPostgres();
    address = await server.createDatabase();
    folder = await openConfigFolder();
    configPath = await folder.write('relay.yaml', minimalConfig());
    for (const [relay, text] of [
      ['r-lax', lax],
      ['r-strict', strict],
    ] as const) {
      const { store } = elsewhere(relay, true);
      await store.keep({ timeMs: atMs - 1000, event: 'loaded', file: configPath, hash: revisionHash(text) }, text);
      store.close();
    }
  });
  afterAll(async () => {
    await server.stop();
    await folder.close();
  });

  async function ask(elsewhereKept: ElsewhereKept | undefined, kept?: KeptState): Promise<readonly [number, string]> {
    let output = '';
    const code = await explain({
      configPath,
      rulesAtMs: atMs,
      elsewhere: () => Promise.resolve(elsewhereKept),
      kept: () => Promise.resolve(kept),
      context: { timeMs: atMs },
      groups: ['developers'],
      method: 'GET',
      url: 'orders/v1/orders',
      json: false,
      write: (text) => void (output += text),
    });
    return [code, output];
  }

  test('explain answers by the rules that one of them had', async () => {
    expect(await ask(elsewhere('r-lax', true))).toEqual([0, expect.stringContaining('in force from')]);
    expect((await ask(elsewhere('r-strict', true)))[0]).toBe(3);
    expect(await ask(elsewhere('r-other', true))).toEqual([
      2,
      expect.stringContaining('No config that was in force is kept in the storage.'),
    ]);
  });

  test('with the locks and grants that counted then at all relays', async () => {
    const stores = await openStores(postgresPlace(address));
    const lock = newLock(
      { type: 'api', api: 'orders' },
      { reason: 'Incident 12', author: 'root', untilMs: null },
      atMs - 5,
    );
    await stores.locks.add([lock], 'lock-added');
    await stores.locks.remove(lock.id, 'root', 'over', atMs + 5);
    const requester = { issuer: 'i', subject: 's', username: 'carol' };
    const asked = { requester, api: 'orders', role: 'leads', reason: 'r', hours: 1 };
    const { id } = await stores.grants.request(asked, atMs - 20);
    await stores.grants.decide(id, 'approved', 'lead', '', atMs - 10);
    const [code, output] = await ask(elsewhere('r-lax', true), keptInStorage(postgresPlace(address)));
    await stores.close();
    expect([code, output]).toEqual([3, expect.stringContaining('Incident 12')]);
    expect(output).toContain('carol: leads, approved by lead');
  });

  test('the operators’ API answers the same', async () => {
    const loaded = { ...(await loadConfig(configPath)), storage: postgresPlace(address) };
    const shared = { postgres: postgresPlace(address), relay: 'r-lax' };
    const app = new OpenAPIHono<AdminEnv>();
    app.use(async (context, next) => {
      context.set('caller', owner);
      await next();
    });
    addPolicyRoutes(app, {
      audit: { healthy: true },
      log: silent,
      loaded: () => loaded,
      place: () => ({ config: loaded.config, counts: { dataDir: folder.file('none'), shared } }),
    } as unknown as AdminParts);
    const response = await app.request('/admin/v1/policy/explain', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'GET', url: 'orders/v1/orders', at: new Date(atMs).toISOString() }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      {
        decision: { effect: 'deny', reason: expect.stringContaining('Incident 12') },
        revision: { hash: revisionHash(lax) },
        grants: [{ username: 'carol' }],
      },
    ]);
  });

  test('what the data folder doesn’t have is looked for in the storage', async () => {
    expect((await ask(undefined))[0]).toBe(2);
    expect((await ask(elsewhere('r-lax', false)))[0]).toBe(0);
  });

  test('the list names the relay of each', async () => {
    let output = '';
    const { store: shared } = elsewhere('r-lax', true);
    const write = (text: string): void => void (output += text);
    expect(
      await configsCommand({ dataDir: folder.file('none'), shared, action: { type: 'list' }, json: false, write }),
    ).toBe(0);
    expect(output.trim().split('\n').toSorted()).toEqual([
      expect.stringMatching(/^2026-11-03T08:59:59\.000Z {2}r-lax {2}loaded/),
      expect.stringMatching(/^2026-11-03T08:59:59\.000Z {2}r-strict {2}loaded/),
    ]);
  });

  test('while the storage is away, that is what is said', async () => {
    await server.kill();
    const [code, output] = await ask(elsewhere('r-lax', true));
    expect([code, output]).toEqual([
      2,
      expect.stringContaining('The storage that the relays share (PostgreSQL) can’t be used'),
    ]);
    await server.restart();
  });
});
