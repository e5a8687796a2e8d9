import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { manifestFile } from '../../../relay/backup/backup-manifest.ts';
import { receiveBackup } from '../../../relay/backup/receive-backup.ts';
import { restoreBackup } from '../../../relay/backup/restore-backup.ts';
import type { ReaderPace } from '../../../relay/backup/reader-pace.ts';
import { streamBackups } from '../../../relay/backup/stream-backup.ts';
import { readTar, tarEnd, tarHeader, tarPadding } from '../../../relay/backup/tar.ts';
import { askForBackup } from '../../../relay/commands/backup/backup.ts';
import { findRelay, type RunningRelay } from '../../../relay/commands/running-relay.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const main = fileURLToPath(new URL('../../../relay/start/main.ts', import.meta.url));
let world: TunnelWorld;
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-asked-'));
  world = await startTunnelWorld();
}, 90_000);
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const fresh = (): string => join(folder, `b-${(count += 1)}`);
const running = async (): Promise<RunningRelay> => {
  const relay = await findRelay(world.dataDir);
  if (relay === null) throw new Error('no relay answers');
  return relay;
};
const openRequest = (): Promise<{ answer: IncomingMessage; leave: () => void }> =>
  new Promise((resolve, reject) => {
    const sent = request({
      socketPath: join(world.dataDir, 'admin.sock'),
      path: '/admin/v1/relay/backup',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => resolve({ answer, leave: () => sent.destroy() }));
    sent.end(JSON.stringify({ reason: 'A test', keys: true }));
  });
const ends = (): readonly string[] =>
  queryAudit(world.dataDir, { type: 'relay', limit: 1000 }).flatMap(({ record }) =>
    record.type === 'relay' && record.event === 'backup-ended' ? [record.detail] : [],
  );
const staging = (): string => join(world.dataDir, 'backup-under-way');

describe('a backup that the running relay sends', () => {
  it.each(['with', 'without'] as const)('%s private keys is whole, and recorded before and after', async (choice) => {
    const [target, data] = [fresh(), fresh()];
    let said = '';
    const write = (text: string): void => void (said += text);
    const asked = { relay: await running(), target, keys: choice === 'with', reason: `Nightly ${choice}`, write };
    expect(await askForBackup({ ...asked, json: false })).toBe(0);
    expect(said).toContain('The relay that runs has sent it.');
    for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o077).toBe(0);
    expect(statSync(target).mode & 0o077).toBe(0);
    expect(readdirSync(target).some((name) => /\.pem$|-keys\.|secret/.test(name))).toBe(choice === 'with');
    expect(await restoreBackup(target, data)).toMatchObject({
      audit: { status: 'ok' },
      hasSigningKey: choice === 'with',
      manifest: { relayUrl: world.relayUrl, hasStorage: false },
    });
    expect(existsSync(staging())).toBe(false);
    const events = queryAudit(world.dataDir, { type: 'relay', limit: 1000 }).flatMap(({ record }) =>
      record.type === 'relay' ? [`${record.event} ${record.detail}`] : [],
    );
    expect(events).toContainEqual(expect.stringMatching(`^backup-began .*${choice} private keys: Nightly ${choice}$`));
    await waitFor(() => expect(ends()).toContainEqual(expect.stringMatching(/^\d+ files with \d+ bytes were sent/)));
  });

  it('is unpacked by any tar', async () => {
    const { answer } = await openRequest();
    const path = fresh();
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    writeFileSync(path, Buffer.concat(chunks));
    const target = fresh();
    mkdirSync(target);
    execFileSync('tar', ['-x', '-f', path, '-C', target]);
    expect(await restoreBackup(target, fresh())).toMatchObject({ audit: { status: 'ok' } });
  });

  it('ends with a caller that goes away, which is recorded, and another one may begin; two at once may not', async () => {
    const before = ends().length;
    // More than connections buffer.
    writeFileSync(join(world.dataDir, 'a-large-file'), Buffer.alloc(24 * 1_048_576));
    const { answer, leave } = await openRequest();
    expect(answer.statusCode).toBe(200);
    const target = fresh();
    const asked = { relay: await running(), target, keys: true, reason: 'A test', json: true, write: () => undefined };
    await expect(askForBackup(asked)).rejects.toMatchObject({ code: 'overloaded' });
    expect(existsSync(target)).toBe(false);
    answer.on('error', () => undefined);
    leave();
    await vi.waitFor(() => expect(ends()).toHaveLength(before + 1), { timeout: 30_000 });
    expect(ends()).toContainEqual(expect.stringContaining('broken off'));
    await vi.waitFor(() => expect(existsSync(staging())).toBe(false), { timeout: 30_000 });
    rmSync(join(world.dataDir, 'a-large-file'));
    expect(await askForBackup(asked)).toBe(0);
  });

  it('of which nothing comes any more breaks off, and nothing is left of it', async () => {
    const dataDir = fresh();
    mkdirSync(dataDir);
    const silent = createServer((asked, answer) => {
      if (asked.method === 'GET') answer.end(JSON.stringify({ version: '1', stateIn: 'folder' }));
      else {
        answer.writeHead(200);
        answer.write(tarHeader('a', 1_000_000, 0));
      }
    });
    await new Promise<void>((resolve) => void silent.listen(join(dataDir, 'admin.sock'), resolve));
    const relay = await findRelay(dataDir, { silentMs: 300 });
    const target = fresh();
    const asked = { target, keys: true, reason: 'A test', json: true, write: () => undefined };
    if (relay === null) throw new Error('nobody answers');
    await expect(askForBackup({ relay, ...asked })).rejects.toMatchObject({
      message: 'The relay can’t be asked: it doesn’t answer.',
    });
    expect(existsSync(target)).toBe(false);
    silent.closeAllConnections();
    silent.close();
  });

  it('leaves nothing where the caller has no room, and says so', () => {
    writeFileSync(join(world.dataDir, 'a-large-file'), Buffer.alloc(4 * 1_048_576));
    const target = fresh();
    // No file of more than 1 MB: as if the disk were full.
    const command = `ulimit -f 2048; exec "$0" "$@"`;
    const words = [process.execPath, main, 'backup', '--data', world.dataDir, '--keys', 'with', target];
    const { status, stderr } = spawnSync('sh', ['-c', command, ...words], { encoding: 'utf8' });
    rmSync(join(world.dataDir, 'a-large-file'));
    expect([status, stderr]).toEqual([2, expect.stringContaining('has no room for the backup')]);
    expect(existsSync(target)).toBe(false);
  });
});

describe('backups of one relay', () => {
  const paced = (givesWay: boolean): ReaderPace => ({
    wait: () => () => undefined,
    isTooSlow: () => false,
    givesWay: () => givesWay,
  });
  const optionsOf = (dataDir: string) =>
    ({ dataDir, version: '1', relayUrl: 'https://relay.example', keys: true, hasStorage: false }) as const;

  it('that is taken slowly gives way to the next one, and one that isn’t doesn’t', async () => {
    const dataDir = fresh();
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'kept'), 'text');
    const paces = [paced(true), paced(false)];
    const backups = streamBackups(() => paces.shift() ?? paced(false));
    const slow = await backups.begin(optionsOf(dataDir));
    const chunks = slow.chunks(new AbortController().signal);
    await chunks.next();
    slow.signal.addEventListener('abort', () => void slow.end());
    const next = await backups.begin(optionsOf(dataDir));
    await expect(chunks.next()).rejects.toThrow();
    expect(String(slow.signal.reason)).toContain('somebody else asked for one');
    await expect(backups.begin(optionsOf(dataDir))).rejects.toMatchObject({ code: 'overloaded' });
    let sent = 0;
    for await (const chunk of next.chunks(new AbortController().signal)) sent += chunk.length;
    expect(sent).toBeGreaterThan(1024);
    await next.end();
    await backups.close();
  });

  it('what a killed relay had copied for one is taken away when the next one starts', async () => {
    const left = join(world.dataDir, 'backup-under-way');
    mkdirSync(left);
    writeFileSync(join(left, 'audit-signing-key.pem'), 'a key');
    await world.crashRelay();
    expect(existsSync(left)).toBe(false);
  });
});

it('a huge file is sent with flat memory', async () => {
  const dataDir = fresh();
  mkdirSync(dataDir);
  const bytes = 768 * 1_048_576;
  const file = openSync(join(dataDir, 'huge'), 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  const backups = streamBackups();
  const of = { dataDir, version: '1', relayUrl: 'https://relay.example', keys: true, hasStorage: false };
  const backup = await backups.begin(of);
  const before = process.memoryUsage().rss;
  let [sent, most] = [0, 0];
  for await (const chunk of backup.chunks(new AbortController().signal)) {
    sent += chunk.length;
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  await backup.end();
  await backups.close();
  expect(sent).toBeGreaterThan(bytes);
  expect(most).toBeLessThan(bytes / 2);
}, 120_000);

describe('an archive', () => {
  it('names files of any size, and tar reads what it names', async () => {
    const bytes = 10_000_000_000;
    const files = readTar(Readable.from([tarHeader('huge', bytes, 0)]));
    expect((await files.next()).value).toMatchObject({ name: 'huge', bytes });
  });

  const entry = (name: string, text: string): Buffer[] => {
    const content = Buffer.from(text);
    return [tarHeader(name, content.length, 0), content, tarPadding(content.length)];
  };
  const manifest = (files: object[]): string =>
    JSON.stringify({
      format: 1,
      version: '1',
      madeAt: new Date(0).toISOString(),
      relayUrl: '',
      keys: false,
      hasStorage: false,
      files,
    });
  const link = tarHeader('a', 0, 0);
  link.write('2', 156, 'latin1');

  it.each<[string, Buffer[], RegExp]>([
    ['that is none', [Buffer.alloc(512, 'x')], /no archive/],
    ['with a link', [link], /no archive/],
    ['that breaks off', entry('a', 'text').slice(0, 1), /breaks off/],
    ['without a list', [...entry('a', 'text'), tarEnd], /breaks off/],
    ['whose list comes first', [...entry(manifestFile, manifest([])), ...entry('a', 'b'), tarEnd], /belongs to no/],
    ['that leads out of its folder', [...entry('../outside', 'text'), tarEnd], /belongs to no backup/],
    ['with a hidden file', [...entry('.profile', 'text'), tarEnd], /belongs to no backup/],
    [
      'of which a file isn’t as listed',
      [
        ...entry('a', 'text'),
        ...entry(manifestFile, manifest([{ name: 'a', bytes: 4, sha256: '0'.repeat(64), schema: null }])),
        tarEnd,
      ],
      /isn’t what was backed up/,
    ],
    [
      'with a file that isn’t listed',
      [...entry('a', 'text'), ...entry(manifestFile, manifest([])), tarEnd],
      /isn’t what/,
    ],
    ['that has a file twice', [...entry('a', 'text'), ...entry('a', 'text'), tarEnd], /EEXIST/],
  ])('%s is refused, and nothing is left of it', async (_what, chunks, problem) => {
    const target = fresh();
    await expect(receiveBackup(target, () => Promise.resolve(Readable.from(chunks)))).rejects.toThrow(problem);
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(folder)).not.toContain('outside');
  });

  it('goes into no folder that holds something, and the relay isn’t asked', async () => {
    const target = fresh();
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), 'text');
    const ask = vi.fn<() => Promise<Readable>>();
    await expect(receiveBackup(target, ask)).rejects.toMatchObject({ code: 'bad-input' });
    expect(ask).not.toHaveBeenCalled();
    expect(readFileSync(join(target, 'mine'), 'utf8')).toBe('text');
  });
});
