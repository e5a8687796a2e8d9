import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresActs, type PostgresActs } from '../../../relay/acts/postgres-acts.ts';
import { accessCommand, type AccessCommandOptions } from '../../../relay/commands/access.ts';
import { locksCommand, type LocksCommandOptions } from '../../../relay/commands/locks.ts';
import { revokeCommand } from '../../../relay/commands/revoke.ts';
import { sessionsCommand, type SessionsCommandOptions } from '../../../relay/commands/sessions.ts';
import type { Config } from '../../../relay/config/config-schema.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openPostgresGrantStore } from '../../../relay/grants/postgres-grant-store.ts';
import { openPostgresRevocations } from '../../../relay/identity/postgres-revocations.ts';
import { openPostgresLockStore } from '../../../relay/sessions/postgres-locks.ts';
import { openPostgresSessionStore } from '../../../relay/sessions/postgres-session-store.ts';
import { keptInStorage } from '../../../relay/stored/kept-in-storage.ts';
import type { PostgresConnection } from '../../../relay/storage/postgres/connect-postgres.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';
import { sessionOf } from '../sessions/session-store-contract.ts';

// A folder that nobody may make shows that these commands need none.
const dataDir = '/proc/nowhere';
const nobody = { issuer: 'https://idp.example', subject: 'never-here', username: 'never-here' };

describe.runIf(postgresPrograms !== null)('commands of relays with a storage', { timeout: 120_000 }, () => {
  let server: StorageServer;
  let storage: StorageServer['settings'];
  let connection: PostgresConnection;
  let acts: PostgresActs;
  let folder: ConfigFolder;
  let config: Config;
  let output = '';
  const write = (text: string): void => void (output += text);
  let reading: NodeJS.Timeout;

  beforeAll(async () => {
    server = await startStorage();
    ({ settings: storage } = server);
    connection = server.connect();
    acts = openPostgresActs(connection);
    folder = await openConfigFolder();
    const loaded = await loadConfig(await folder.write('relay.yaml', minimalConfig({})));
    config = { ...loaded.config, relay: { ...loaded.config.relay, data: dataDir } };
    await openPostgresSessionStore(connection).put([
      sessionOf('s1', { lastUsedAtMs: Date.now() }),
      sessionOf('s2', { lastUsedAtMs: Date.now(), subject: 'b', username: 'bob', device: deviceOf('Bobs-Laptop') }),
      sessionOf('s3', { lastUsedAtMs: Date.now(), subject: 'b', issuer: 'https://other.example', username: 'bob' }),
    ]);
    // In place of a relay that writes acts into its audit.
    reading = setInterval(() => {
      acts
        .claim('a relay', false)
        .then((claimed) => Promise.all(claimed.map(({ id }) => acts.didRecord(id))))
        .catch(() => undefined);
    }, 50);
  });
  afterAll(async () => {
    clearInterval(reading);
    await server?.stop();
    await folder?.close();
  });

  const deviceOf = (name: string) => ({ id: name, name, system: 'linux', appVersion: '1.0.0' });
  const locks = (action: LocksCommandOptions['action']): Promise<number> => {
    output = '';
    return locksCommand({ config, storage, action, json: false, write });
  };
  const sessions = (action: SessionsCommandOptions['action']): Promise<number> => {
    output = '';
    return sessionsCommand({ config, storage, action, json: false, write });
  };
  const access = (action: AccessCommandOptions['action']): Promise<number> => {
    output = '';
    return accessCommand({ dataDir, storage, action, json: false, write });
  };
  const revoke = (who: string, issuer?: string): Promise<number> => {
    output = '';
    return revokeCommand({ dataDir, storage, who, issuer, reason: 'Left', write });
  };

  it('refuse what isn’t there, and what isn’t clear', async () => {
    expect(await locks({ type: 'remove', id: 'nope', reason: 'Cleared' })).toBe(2);
    expect(await access({ type: 'approve', id: 'nope', reason: 'fine' })).toBe(2);
    expect(await sessions({ type: 'list', filter: { person: 'nobody' }, all: false })).toBe(2);
    expect(await revoke('nobody')).toBe(2);
    expect(output).toContain('Nobody called “nobody” is among the sessions of these relays.');
    expect(await revoke('bob')).toBe(2);
    expect(output).toContain('b --issuer https://other.example');
  });

  it('lock somebody who was never here, show it, and take it away', async () => {
    const target = { person: nobody.username };
    expect(await locks({ type: 'add', target, reason: 'Left', untilMs: null })).toBe(0);
    expect(output).not.toContain('waits');
    const id = /^\S+/.exec(output)?.[0] ?? '';
    expect(await locks({ type: 'list', all: false })).toBe(0);
    expect(output).toContain(`${id}  locked   the person never-here`);
    expect(await keptInStorage(storage).locksAt(Date.now())).toMatchObject([{ id }]);
    expect(await locks({ type: 'remove', id, reason: 'Cleared' })).toBe(0);
    expect(await openPostgresLockStore(connection).listInForce(Date.now())).toEqual([]);
  });

  it('list locks with the user name of who is locked by subject', async () => {
    const target = { person: 'B' };
    expect(await locks({ type: 'add', target, reason: 'Left', untilMs: null })).toBe(0);
    const id = /^\S+/.exec(output)?.[0] ?? '';
    expect(await locks({ type: 'list', all: false })).toBe(0);
    expect(output).toContain(`${id}  locked   the person B (bob), until`);
    expect(await locks({ type: 'remove', id, reason: 'Cleared' })).toBe(0);
  });

  it('list and end sessions of all relays', async () => {
    expect(await sessions({ type: 'list', filter: {}, all: false })).toBe(0);
    expect(output.trim().split('\n')).toHaveLength(3);
    expect(await sessions({ type: 'end', filter: { device: 'bobs-laptop' }, reason: 'Laptop sold' })).toBe(0);
    expect(output).toContain('s2');
    expect(await sessions({ type: 'list', filter: {}, all: false })).toBe(0);
    expect(output).not.toContain('s2');
  });

  it('decide access requests, and end grants', async () => {
    const store = openPostgresGrantStore(connection);
    const asked = { requester: nobody, api: 'orders', role: 'refunders', reason: 'Ticket', hours: 1 };
    const { id } = await store.request(asked, Date.now());
    expect(await access({ type: 'list', status: 'pending' })).toBe(0);
    expect(output).toContain(id);
    expect(await access({ type: 'approve', id, reason: 'fine' })).toBe(0);
    expect(await access({ type: 'approve', id, reason: 'fine' })).toBe(2);
    expect(await keptInStorage(storage).grantsAt('orders', Date.now())).toMatchObject([{ id, role: 'refunders' }]);
    expect(await access({ type: 'revoke', id, reason: 'done' })).toBe(0);
    expect(await store.find(id)).toMatchObject({ status: 'revoked' });
  });

  it('revoke sign-ins, of somebody who was never here by subject and of others by name', async () => {
    expect(await revoke(nobody.subject, nobody.issuer)).toBe(0);
    expect(await revoke('alice')).toBe(0);
    const marks = await openPostgresRevocations(connection).read(Date.now());
    expect(marks.map(({ name, by }) => [...(JSON.parse(name) as string[]), by])).toEqual([
      ['subject', nobody.issuer, nobody.subject, 'administrator'],
      ['subject', 'https://idp.example', 'a', 'administrator'],
    ]);
    expect(await acts.waiting()).toEqual([]);
  });

  it('say so when no relay takes the record, and leave it for the next', async () => {
    clearInterval(reading);
    const target = { group: 'contractors' };
    expect(await locks({ type: 'add', target, reason: 'Contract ended', untilMs: null })).toBe(0);
    expect(output).toContain('Its record waits in the storage until a relay can write the audit.');
    expect(await acts.waiting()).toMatchObject([{ record: { type: 'lock', event: 'lock-added' } }]);
  });

  it('say so when the storage can’t be reached, and that nothing was done', async () => {
    await server.server.kill();
    const codes = await Promise.all([
      locks({ type: 'add', target: { everything: true }, reason: 'x', untilMs: null }),
      sessions({ type: 'list', filter: {}, all: false }),
      access({ type: 'list' }),
      revoke('alice', 'https://idp.example'),
    ]);
    expect(codes).toEqual([1, 1, 1, 1]);
    expect(output).toContain('What “locks list” doesn’t show once the storage is back wasn’t done.');
    expect(await keptInStorage(storage).locksAt(Date.now())).toBe('unreadable');
    await server.server.restart();
  });
});
