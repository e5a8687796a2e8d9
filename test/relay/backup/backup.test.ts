import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { openTakenKeys } from '../../../relay/admin/idempotency/taken-keys.ts';
import { addLock, listLocks } from '../../../relay/administration/locks.ts';
import { manifestFile } from '../../../relay/backup/backup-manifest.ts';
import { keptDatabases } from '../../../relay/backup/kept-databases.ts';
import { isDatabase } from '../../../relay/backup/copy-for-backup.ts';
import { isKeyFile } from '../../../relay/backup/files-to-back-up.ts';
import { makeBackup } from '../../../relay/backup/make-backup.ts';
import { restoreBackup } from '../../../relay/backup/restore-backup.ts';
import { backupCommand } from '../../../relay/commands/backup/backup.ts';
import { restoreCommand } from '../../../relay/commands/backup/restore.ts';
import { isKeptFile } from '../../../relay/config/kept-file.ts';
import { startRelayProcess } from '../../support/start-relay-process.ts';
import { welcomedTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-backup-'));
  world = await startTunnelWorld();
  // As an operator who has used one.
  const keys = openTakenKeys(world.dataDir);
  keys.take({ id: 'a', operator: 'b', request: 'c' }, Date.now());
  keys.close();
}, 90_000);
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const fresh = (): string => join(folder, `b-${(count += 1)}`);
const backUp = (target: string, keys = true) =>
  makeBackup({
    dataDir: world.dataDir,
    target,
    keys,
    hasStorage: false,
    relayUrl: world.relayUrl,
    version: '1.0.0',
  });

describe('a backup', () => {
  it('is made while the relay writes, and its audit verifies; the relay that is restored goes on', async () => {
    const tunnel = await welcomedTunnel(world, 'alice');
    let streamId = -1;
    let isOver = false;
    const statuses = new Set<number>();
    const load = (async () => {
      while (!isOver) statuses.add(await tunnel.request((streamId += 2)));
    })();
    const lock = { type: 'person', who: 'mallory', issuer: null } as const;
    await addLock({ dataDir: world.dataDir }, lock, { author: 'dana', reason: 'Test', untilMs: null }, Date.now());
    const backups: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const target = fresh();
      await backUp(target);
      backups.push(target);
    }
    isOver = true;
    await load;
    expect([...statuses]).toEqual([200]);
    for (const backup of backups) {
      const data = fresh();
      const { audit, hasSigningKey } = await restoreBackup(backup, data);
      expect(audit).toMatchObject({ status: 'ok' });
      expect(hasSigningKey).toBe(true);
      expect(await listLocks({ dataDir: data }, { all: false }, Date.now())).toMatchObject([{ target: lock }]);
    }
    const newest = fresh();
    await restoreBackup(backups.at(-1) ?? '', newest);
    const before = verifyAudit(newest);
    const config = readFileSync(join(world.dataDir, '..', 'relay.yaml'), 'utf8')
      .replace(/^ {2}data: .*$/m, `  data: ${newest}`)
      .replace(`port: ${world.relayPort}`, 'port: 0');
    const configPath = join(world.dataDir, '..', 'restored.yaml');
    writeFileSync(configPath, config, { mode: 0o600 });
    const restored = await startRelayProcess({ configPath, readyTimeoutMs: 60_000 });
    await restored.stop();
    const after = verifyAudit(newest);
    expect(after.status === 'ok' && before.status === 'ok' && after.records > before.records).toBe(true);
  }, 120_000);

  it('holds every database of the relay, each of them known, and no file that others can read', async () => {
    const target = fresh();
    const { files } = await backUp(target);
    const leftOut = keptDatabases.filter(({ isBackedUp }) => !isBackedUp).map(({ name }) => name);
    const names: string[] = [];
    for (const name of readdirSync(world.dataDir)) {
      const path = join(world.dataDir, name);
      if (statSync(path).isFile() && !name.endsWith('.lock') && !/-(?:wal|shm)$/.test(name) && (await isDatabase(path)))
        names.push(name);
    }
    expect(names.filter((name) => !keptDatabases.some((kept) => kept.name === name))).toEqual([]);
    expect(
      files
        .filter(({ schema }) => schema !== null)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names.filter((name) => !leftOut.includes(name)).toSorted());
    expect(names).toEqual(expect.arrayContaining(leftOut));
    // The same names are those that no sink may write over.
    const all = [...readdirSync(world.dataDir), ...keptDatabases.map(({ name }) => name)];
    expect(
      all.filter((name) => !/\.(?:tmp|new)$/.test(name) && !isKeptFile(join(world.dataDir, name), world.dataDir)),
    ).toEqual([]);
    expect(await restoreBackup(target, fresh())).toMatchObject({ hasSigningKey: true });
    for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o077).toBe(0);
    expect(statSync(target).mode & 0o077).toBe(0);
  });

  it('holds private keys only when it is told to, and says so', async () => {
    let output = '';
    const write = (text: string): void => void (output += text);
    const options = { dataDir: world.dataDir, relayUrl: world.relayUrl, version: '1.0.0', json: false, write };
    const [target, data] = [fresh(), fresh()];
    expect(await backupCommand({ ...options, target, keys: false, hasStorage: true })).toBe(0);
    expect(readdirSync(target).filter((name) => /\.pem$|keys|secret/.test(name))).toEqual([]);
    expect(output).toContain('They aren’t encrypted');
    expect(output).toContain('Private keys aren’t among them');
    expect(output).toContain('pg_dump');
    expect(await restoreCommand({ backup: target, dataDir: data, json: false, write })).toBe(0);
    expect(output).toContain('Its audit is whole');
    expect(output).toContain('audit-signing-key.pem isn’t there');
  });

  it('is refused into a folder that holds something, and of one that no relay has used', async () => {
    const target = fresh();
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), '');
    await expect(backUp(target)).rejects.toMatchObject({ code: 'bad-input' });
    expect(readdirSync(target)).toEqual(['mine']);
    const empty = fresh();
    mkdirSync(empty);
    const of = { target: fresh(), keys: true, hasStorage: false, relayUrl: '', version: '' };
    await expect(makeBackup({ ...of, dataDir: empty })).rejects.toThrow('no relay has run on this folder');
    await expect(makeBackup({ ...of, dataDir: join(empty, 'nope') })).rejects.toThrow('can’t be read');
  });
});

it.each([
  ['audit-signing-key.pem', true],
  ['identity-keys.json', true],
  ['audit-keys.sqlite', true],
  ['break-glass.secret', true],
  ['break-glass.db', true],
  ['audit.sqlite', false],
  ['sessions.sqlite', false],
])('whether %s is for backups with keys alone: %s', (name, isOne) => {
  expect(isKeyFile(name)).toBe(isOne);
});

describe('a restore', () => {
  const changed = async (change: (backup: string) => void): Promise<string> => {
    const backup = fresh();
    await backUp(backup);
    change(backup);
    return backup;
  };
  const edit = (
    backup: string,
    work: (manifest: { files: { name: string; schema: number | null }[] }) => void,
  ): void => {
    const path = join(backup, manifestFile);
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: { name: string; schema: number | null }[] };
    work(manifest);
    writeFileSync(path, JSON.stringify(manifest));
  };
  const fileOf = (manifest: { files: { name: string; schema: number | null }[] }, name: string) =>
    manifest.files.find((file) => file.name === name) ?? { name: '', schema: null };

  it.each<[string, (backup: string) => void, RegExp]>([
    ['without its list', (backup) => rmSync(join(backup, manifestFile)), /no whole backup/],
    ['whose list is nonsense', (backup) => writeFileSync(join(backup, manifestFile), '{}'), /no whole backup/],
    [
      'that lacks a file',
      (backup) => rmSync(join(backup, 'access.sqlite')),
      /access\.sqlite of the backup can’t be read/,
    ],
    [
      'of which a byte was changed',
      (backup) => {
        const path = join(backup, 'audit.sqlite');
        const bytes = readFileSync(path);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      /audit\.sqlite isn’t what was backed up/,
    ],
    [
      'that leads out of its folder',
      (backup) => edit(backup, (manifest) => void (fileOf(manifest, 'identity-keys.json').name = '../outside')),
      /no whole backup/,
    ],
    [
      'of a newer relay',
      (backup) => edit(backup, (manifest) => void (fileOf(manifest, 'sessions.sqlite').schema = 99)),
      /sessions\.sqlite was made by a newer relay/,
    ],
    [
      'with a database that this relay doesn’t know',
      (backup) => edit(backup, (manifest) => void (fileOf(manifest, 'sessions.sqlite').name = 'future.sqlite')),
      /future\.sqlite was made by a newer relay/,
    ],
  ])('of one %s is refused, and leaves nothing behind', async (_, change, problem) => {
    const backup = await changed(change);
    const data = fresh();
    await expect(restoreBackup(backup, data)).rejects.toThrow(problem);
    expect(existsSync(data)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.restoring'))).toEqual([]);
  });

  it('of one whose audit was altered, list and all, is refused', async () => {
    const { measured } = await import('../../../relay/backup/copy-for-backup.ts');
    const backup = await changed((path) => {
      const database = new DatabaseSync(join(path, 'audit.sqlite'));
      database.exec("UPDATE audit SET payload = replace(payload, 'alice', 'carol')");
      database.close();
    });
    const found = await measured(join(backup, 'audit.sqlite'));
    edit(backup, (manifest) => Object.assign(fileOf(manifest, 'audit.sqlite'), found));
    await expect(restoreBackup(backup, fresh())).rejects.toThrow('The audit in');
  });

  it('onto a running relay, or a folder that isn’t empty, is refused', async () => {
    const backup = await changed(() => undefined);
    await expect(restoreBackup(backup, world.dataDir)).rejects.toThrow('A relay runs on');
    const data = fresh();
    mkdirSync(data);
    writeFileSync(join(data, 'mine'), '');
    await expect(restoreBackup(backup, data)).rejects.toThrow('isn’t empty');
    rmSync(join(data, 'mine'));
    expect(await restoreBackup(backup, data)).toMatchObject({ hasSigningKey: true });
  });
});
