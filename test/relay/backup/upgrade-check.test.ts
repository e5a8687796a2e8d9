import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upgradeCheckCommand } from '../../../relay/commands/backup/upgrade-check.ts';
import { keptDatabases } from '../../../relay/backup/kept-databases.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage } from '../../support/start-storage.ts';
import { minimalConfig } from '../config/config-folder.ts';

let folder: string;
const nowMs = 1_800_000_000_000;
const session = (id: string, appVersion: string, lastUsedAtMs = nowMs): SessionRecord => ({
  id,
  kind: 'person',
  issuer: 'http://127.0.0.1:9000',
  provider: 'SSO',
  subject: id,
  username: id,
  device: { name: 'Laptop', system: 'Linux', appVersion },
  acr: null,
  signedInAtMs: null,
  binding: 'device',
  tokenId: null,
  issuedAtMs: null,
  sinceMs: lastUsedAtMs,
  lastUsedAtMs,
  addresses: {},
  apis: {},
  tunnels: {},
});
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-upgrade-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  openGrantStore(data).close();
  const sessions = openSessionStore(data);
  sessions.put([session('a', '1.4.0'), session('b', '1.4.0'), session('c', '1.2.0'), session('old', '0.1.0', 1)]);
  sessions.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly starts: boolean;
  readonly canGoBack: boolean;
  readonly schemas: readonly { readonly name: string; readonly verdict: string }[];
  readonly clients: readonly object[];
  readonly warnings: readonly string[];
  readonly problems?: readonly string[];
}

async function check(data: string, extra: { relay?: string; tail?: string } = {}) {
  const configPath = join(folder, 'relay.yaml');
  const relay = `  data: ${data}${extra.relay === undefined ? '' : `\n${extra.relay}`}`;
  writeFileSync(configPath, minimalConfig({ ...extra, relay }), { mode: 0o600 });
  const outputs = ['', ''];
  const run = (json: boolean): Promise<number> =>
    upgradeCheckCommand({
      configPath,
      json,
      now: () => nowMs,
      write: (text) => void (outputs[json ? 1 : 0] += text),
    });
  const codes = [await run(false), await run(true)];
  expect(codes[0]).toBe(codes[1]);
  return { code: codes[0], text: outputs[0] ?? '', found: JSON.parse(outputs[1] ?? '') as Found };
}

const copy = (name: string): string => {
  cpSync(join(folder, 'data'), join(folder, name), { recursive: true });
  return name;
};
const withVersion = (name: string, file: string, version: number): string => {
  const database = new DatabaseSync(join(folder, name, file));
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
  return name;
};

describe('what an upgrade would meet', () => {
  it('is nothing on data and config of this version, and the clients that were here lately', async () => {
    const { code, text, found } = await check('data');
    expect(code).toBe(0);
    expect(found).toMatchObject({
      starts: true,
      canGoBack: true,
      clients: [
        { version: '1.4.0', sessions: 2, isRefused: false },
        { version: '1.2.0', sessions: 1, isRefused: false },
      ],
    });
    expect(text).toContain('Nothing is migrated');
  });

  it('is said to be migrated where a schema is older, and the way back is a backup', async () => {
    const { code, text, found } = await check(withVersion(copy('older'), 'access.sqlite', 0));
    expect(code).toBe(3);
    expect(found).toMatchObject({ starts: true, canGoBack: false });
    expect(text).toContain('access.sqlite (access requests and grants) will be brought from 0 to 2');
    expect(text).toContain('make a backup first');
  });

  it('is refused where a schema is newer', async () => {
    const { code, text, found } = await check(withVersion(copy('newer'), 'access.sqlite', 99));
    expect(code).toBe(2);
    expect(found).toMatchObject({ starts: false });
    expect(text).toContain('This version would not start');
  });

  it('names keys of the config that are called otherwise now, and those that can’t be used', async () => {
    const renamed = await check('data', { tail: 'counters: { store: memory }' });
    expect(renamed.code).toBe(3);
    expect(renamed.found.warnings).toMatchObject([expect.stringContaining('is called “shared_state” now')]);
    const unknown = await check('data', { tail: 'gone: true' });
    expect(unknown.code).toBe(2);
    expect(unknown.found.problems).toMatchObject([expect.stringContaining('gone')]);
  });

  it('names clients that the config turns away', async () => {
    const { code, text } = await check('data', { tail: 'client_policy: { minimum_version: 1.3.0 }' });
    expect(code).toBe(3);
    expect(text).toContain('1.2.0: 1 session, refused by client_policy.minimum_version');
  });

  it('changes nothing', async () => {
    const data = withVersion(copy('untouched'), 'access.sqlite', 0);
    const state = (): readonly unknown[] =>
      keptDatabases.flatMap(({ name }) => {
        const path = join(folder, data, name);
        const there = statSync(path, { throwIfNoEntry: false });
        return there === undefined ? [] : [[name, there.mtimeMs, readFileSync(path).toString('base64')]];
      });
    const before = state();
    await check(data);
    expect(state()).toEqual(before);
  });

  it.runIf(postgresPrograms !== null)(
    'is said of the tables that relays share, too',
    async () => {
      const storage = await startStorage();
      try {
        await storage.connect().untilReady();
        const same = await check('data', { tail: `storage: ${JSON.stringify(storage.url)}` });
        expect(same).toMatchObject({ code: 0, found: { clients: [] } });
        expect(same.found.schemas.filter(({ name }) => name.startsWith('PostgreSQL')).length).toBeGreaterThan(5);
        const { Client } = await import('pg');
        const client = new Client({ connectionString: storage.url });
        await client.connect();
        await client.query("UPDATE causeway_schema SET version = 99 WHERE domain = 'grants'");
        await client.end();
        expect((await check('data', { tail: `storage: ${JSON.stringify(storage.url)}` })).code).toBe(2);
      } finally {
        await storage.stop();
      }
    },
    60_000,
  );
});
