import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { openWatch } from '../../../relay/anomalies/watch-audit.ts';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { createRevealer } from '../../../relay/audit/keys/revealer.ts';
import { openForReading } from '../../../relay/audit/open-audit.ts';
import { proveRecord } from '../../../relay/audit/prove-audit.ts';
import { openIndex } from '../../../relay/audit/reading/audit-index.ts';
import { openAuditReader } from '../../../relay/audit/reading/audit-reader.ts';
import { ocsfLine } from '../../../relay/audit/reading/ocsf.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { eraseCommand, type EraseCommandOptions } from '../../../relay/commands/audit/erase.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { catchUp, rebuildUsage } from '../../../relay/reports/follow-audit.ts';
import { openUsageStore } from '../../../relay/reports/sqlite-usage.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { recordActs } from '../../../relay/start/record-acts.ts';
import { openAuditReader as openSinkReader } from '../../../relay/sinks/audit-reader.ts';
import { erasureRecord } from '../../../relay/erasure/erase-person.ts';
import type { PersonToErase } from '../../../relay/erasure/erased-person.ts';
import { erasuresUnderWay, goOnErasing } from '../../../relay/erasure/go-on-erasing.ts';
import { openKeyEraser } from '../../../relay/erasure/key-eraser.ts';
import { append, decision, outcome, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { recordsOfZoe, zoe, zoesBytes } from '../audit/personal-records.ts';
import { bob, bobsSession, locksOfZoe, zoeAsOperator } from './left-by-zoe.ts';
import { sessionOf } from './session-of.ts';

type EraseInPlace = Extract<EraseCommandOptions, { readonly dataDir: string }>;

async function write(dataDir: string, records: readonly AuditRecord[], erasable = true): Promise<void> {
  const sealing = { erasable, refusedDays: undefined };
  const audit = await createAuditLog({ dataDir, log: silent, sealing });
  await Promise.all(
    records.map(
      (record) =>
        new Promise<void>((resolve, reject) => {
          audit.append(record, (error) => (error === null ? resolve() : reject(error)));
        }),
    ),
  );
  await audit.close();
}

async function erase(
  dataDir: string,
  given: Partial<EraseInPlace> = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const write = vi.fn<(text: string) => void>();
  const asked = { dataDir, who: zoe.username, reason: 'Request 12', isShared: false, json: false, write, ...given };
  const code = await eraseCommand(asked);
  return { code, said: write.mock.calls.join('') };
}

/** Which of these bytes are in which files of a folder, whatever their form is. */
function found(dataDir: string, bytes: readonly string[]): readonly string[] {
  const files = globSync('**/*', { cwd: dataDir, withFileTypes: true }).filter((file) => file.isFile());
  expect(files.length).toBeGreaterThan(5);
  return files.flatMap((file) => {
    const content = readFileSync(join(file.parentPath, file.name)).toString('latin1');
    return bytes.filter((each) => content.includes(each)).map((each) => `${file.name}: ${each}`);
  });
}

const zoesRecords = recordsOfZoe.map(([, record]) => record);
const nowMs = Date.now();

/** Everything that a relay keeps of a person who worked, asked for access, was locked and signed out. */
async function fillWithAll(dataDir: string): Promise<void> {
  await write(dataDir, [...zoesRecords, decision('of-alice'), outcome('of-alice')]);
  await withUsage(dataDir, catchUp);
  const watch = openWatch(dataDir, anomaliesSchema.parse({}), () => Date.parse('2026-11-02T13:00:00Z'));
  while (watch.step());
  watch.close();
  const sessions = openSessionStore(dataDir);
  sessions.put([sessionOf(zoe, nowMs), bobsSession(nowMs)]);
  sessions.close();
  const grants = openGrantStore(dataDir);
  const asked = grants.request(
    { requester: zoe, api: 'payroll', role: 'reader', reason: 'order-of-hers', hours: 1 },
    nowMs,
  );
  grants.decide(asked.id, 'refused', 'boss', 'zoe needs no order-of-hers', nowMs);
  const other = grants.request({ requester: bob, api: 'payroll', role: 'reader', reason: 'x', hours: 1 }, nowMs);
  grants.decide(other.id, 'approved', zoeAsOperator, 'x', nowMs);
  for (const { id } of grants.outbox.waiting()) grants.outbox.didRecord(id);
  grants.close();
  const locks = openLockStore(dataDir);
  const lock = newLock(
    { type: 'person', who: zoe.username, issuer: null },
    { reason: 'because of zoe', author: 'root', untilMs: null },
    nowMs,
  );
  locks.add([lock], 'lock-added');
  locks.remove(lock.id, 'root', 'zoe is back', nowMs);
  locks.add(locksOfZoe(nowMs), 'lock-added');
  for (const { id } of locks.waiting()) locks.didRecord(id);
  locks.close();
  const revocations = openRevocationFile(dataDir);
  const marks = [{ name: JSON.stringify(['subject', zoe.issuer, zoe.subject]), atMs: 1, by: 'person' } as const];
  const act = zoesRecords.find((record) => record.type === 'administrator');
  if (act?.type !== 'administrator') throw new Error('There is no act');
  revocations.write(marks, act);
  revocations.acts.didRecord(act.id);
  revocations.close();
}

describe('erasing a person', () => {
  it.each<[what: string, given: Partial<EraseInPlace>, says: RegExp]>([
    ['nobody is called so', { who: 'nobody' }, /^Nobody called “nobody” has records that can be erased/],
    ['the reason is empty', { reason: ' ' }, /^The reason is empty/],
    ['the reason names the person', { reason: 'Zoe.Quint asked' }, /^The reason names the person/],
    ['the person is connected', {}, /^The person is connected/],
  ])('is refused when %s', async (_, given, says) => {
    const dataDir = temporaryFolder();
    await write(dataDir, zoesRecords);
    const sessions = openSessionStore(dataDir);
    sessions.put([{ ...sessionOf(zoe, nowMs), tunnels: { p: { count: 1, seenAtMs: nowMs } } }]);
    sessions.close();
    await expect(erase(dataDir, given)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(says),
    });
    expect(verifyAudit(dataDir)).toMatchObject({ records: zoesRecords.length });
  });

  it('is refused while a request for access isn’t over, and where nothing was ever sealed', async () => {
    const dataDir = temporaryFolder();
    await write(dataDir, zoesRecords, false);
    await expect(erase(dataDir)).rejects.toThrow(/never written with audit.erasable/);
    await write(dataDir, zoesRecords);
    const grants = openGrantStore(dataDir);
    const { id } = grants.request({ requester: zoe, api: null, role: 'r', reason: 'x', hours: 1 }, nowMs);
    grants.close();
    await expect(erase(dataDir)).rejects.toThrow(`that aren’t over: ${id}`);
  });

  it('asks which one when several are called so', async () => {
    const dataDir = temporaryFolder();
    const other = { ...zoe, issuer: 'https://other.example' };
    await write(dataDir, [decision('r1', { caller: zoe }), decision('r2', { caller: other })]);
    const { code, said } = await erase(dataDir);
    expect([code, said]).toEqual([2, expect.stringContaining('subject-zoe-4711 --issuer https://other.example')]);
    expect(await erase(dataDir, { who: zoe.subject, issuer: zoe.issuer })).toMatchObject({ code: 0 });
    const reader = openAuditReader(dataDir);
    const names = [...reader.inOrder({ type: 'decision' })].map(({ record }) => record.includes('zoe.quint'));
    reader.close();
    expect(names).toEqual([false, true]);
  });

  it.each([
    ['is called by the alias in decisions', [], /^erased-/],
    [
      'leaves decisions alone that may be of somebody of the same name',
      [{ ...zoe, issuer: 'https://other.example' }],
      zoe.username,
    ],
  ])('%s', async (_what, others, decidedBy) => {
    const dataDir = temporaryFolder();
    await write(dataDir, [...zoesRecords, ...others.map((caller) => decision('of-other', { caller }))]);
    const asked = { requester: { ...zoe, subject: 'a', username: 'a' }, api: null, role: 'r', reason: 'x', hours: 1 };
    const grants = openGrantStore(dataDir);
    const { id } = grants.request(asked, nowMs);
    grants.decide(id, 'refused', zoe.username, '', nowMs);
    grants.close();
    expect(await erase(dataDir, { who: zoe.subject, issuer: zoe.issuer })).toMatchObject({ code: 0 });
    const after = openGrantStore(dataDir);
    expect(after.find(id)?.decidedBy).toMatch(decidedBy);
    after.close();
  });

  it('leaves no byte of the person in the data folder: records, index, counts, sessions, grants, locks, acts', async () => {
    const dataDir = temporaryFolder();
    await fillWithAll(dataDir);
    expect(found(dataDir, ['subject-zoe-4711']).length).toBeGreaterThan(4);
    const { code, said } = await erase(dataDir);
    expect([code, said]).toEqual([0, expect.stringMatching(/is called erased-[\w-]{12} in this relay’s audit/)]);
    expect(said).not.toMatch(/Left|In use|waits/);
    expect(found(dataDir, zoesBytes)).toEqual([]);
    const locks = openLockStore(dataDir);
    const left = locks
      .list()
      .map(({ target, author }) => `${target.type} by ${author}`.replace(/erased-[\w-]{12}/, 'erased'));
    locks.close();
    // What shuts anybody out stays.
    expect(left.toSorted()).toEqual(['person by erased (console)', 'sign-in by erased', 'sign-in by erased']);
    const sessions = openSessionStore(dataDir);
    expect(sessions.list().map(({ revoked }) => revoked?.by)).toEqual([
      expect.stringMatching(/^erased-.* \(console\)$/),
    ]);
    sessions.close();
  });

  it('leaves tree, proofs and counts as they were, and one record with who did it and why', async () => {
    const dataDir = temporaryFolder();
    await fillWithAll(dataDir);
    const before = verifyAudit(dataDir);
    const proof = proveRecord(dataDir, 1);
    const checkpoints = readFileSync(auditFiles(dataDir).checkpoints, 'utf8');
    const usage = usageOf(dataDir);
    await erase(dataDir, { json: true });

    const after = verifyAudit(dataDir, { keptCheckpoints: checkpoints });
    expect(before.status === 'ok' && after.status === 'ok' && after.records - before.records).toBe(1);
    expect(proveRecord(dataDir, 1).line).toBe(proof.line);
    expect(usageOf(dataDir).map(({ requests }) => requests)).toEqual(usage.map(({ requests }) => requests));
    const alias = usageOf(dataDir).find(({ username }) => username !== 'alice')?.username;
    await withUsage(dataDir, rebuildUsage);
    expect(usageOf(dataDir).find(({ username }) => username !== 'alice')?.username).toBe(alias);

    const reader = openAuditReader(dataDir);
    const [act, ...rest] = [...reader.newestFirst({})];
    const byAlias = [...reader.newestFirst({ user: String(alias) })];
    expect([...reader.newestFirst({ user: zoe.username })]).toEqual([]);
    reader.close();
    expect(act?.record).toMatchObject({
      type: 'administrator',
      act: 'person-erased',
      reason: 'Request 12',
      person: { subject: alias },
    });
    expect(byAlias.length).toBe(zoesRecords.length - 1);
    expect(rest.find(({ record }) => record.type === 'decision' && record.requestId === 'of-alice')?.record).toEqual(
      decision('of-alice'),
    );
  });

  it('shows in every reader: OCSF events, sinks that have yet to ship, and the index', async () => {
    const dataDir = temporaryFolder();
    const many = Array.from({ length: 33_000 }, (_, index) =>
      decision(`r${index}`, index === 5 ? { caller: zoe } : {}),
    );
    await write(dataDir, many);
    const sink = openSinkReader(dataDir);
    expect(sink.after(5, 6, 1)[0]?.payload).toContain(zoe.username);
    const index = join(auditFiles(dataDir).index, '00000000.idx');
    withIndex(dataDir, (open) => open.write(0));
    const old = readFileSync(index);
    expect(old.includes('zoe.quint')).toBe(true);

    await erase(dataDir);
    expect(existsSync(index)).toBe(false);
    expect(sink.after(5, 6, 1)[0]?.payload).toContain('erased-');
    sink.close();
    const reader = openAuditReader(dataDir);
    for (const lines of reader.inOrder({ request: 'r5' })) expect(ocsfLine(lines)).not.toContain('zoe.quint');
    expect([...reader.newestFirst({ user: zoe.username })]).toEqual([]);
    reader.close();
    expect(readFileSync(index).includes('zoe.quint')).toBe(false);

    // Whoever made it while there was a key, and put it there afterwards.
    writeFileSync(index, old);
    withIndex(dataDir, (open) => {
      expect([open.nextMissing(), open.dropErased(), existsSync(index)]).toEqual([0, 1, false]);
    });
  }, 30_000);

  it('is recorded by the relay that runs meanwhile, and what the person does from then on is somebody else’s', async () => {
    const dataDir = temporaryFolder();
    const audit = await createAuditLog({ dataDir, log: silent, sealing: { erasable: true, refusedDays: undefined } });
    const acts = recordActs({ dataDir, audit, log: silent, pollMs: 20 });
    await append(audit, decision('before', { caller: zoe }));
    const { code, said } = await erase(dataDir);
    expect([code, said]).toEqual([0, expect.not.stringContaining('waits')]);
    await append(audit, decision('after', { caller: zoe }));
    acts.close();
    await audit.close();
    const reader = openAuditReader(dataDir);
    const names = [...reader.inOrder({})].map(({ record }) => {
      const { type, caller } = JSON.parse(record) as { type: string; caller?: { username: string } };
      return [type, caller?.username];
    });
    reader.close();
    expect(names).toEqual([
      ['decision', expect.stringMatching(/^erased-/)],
      ['administrator', undefined],
      ['decision', zoe.username],
    ]);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 3 });
  });

  it('says what is left: records from before, locks in force, a fresh end of sign-ins, what others keep', async () => {
    const dataDir = temporaryFolder();
    await write(dataDir, [decision('plain', { caller: zoe })], false);
    await write(dataDir, [decision('sealed', { caller: zoe })]);
    const locks = openLockStore(dataDir);
    const lock = newLock(
      { type: 'person', who: zoe.subject, issuer: null },
      { reason: 'x', author: 'root', untilMs: null },
      nowMs,
    );
    locks.add([lock], 'lock-added');
    locks.close();
    const revocations = openRevocationFile(dataDir);
    revocations.write([{ name: JSON.stringify(['subject', zoe.issuer, zoe.subject]), atMs: nowMs, by: 'person' }]);
    revocations.close();
    const { said } = await erase(dataDir, { isShared: true });
    expect(said).toContain('Left: 1 records that are older than audit.erasable, up to record 1.');
    expect(said).toContain(`Left: locks in force on the person (${lock.id})`);
    expect(said).toMatch(/Left until .*: the end of the person’s sign-ins/);
    expect(said).toContain('what relays share elsewhere');
    const again = await erase(dataDir, { who: zoe.subject, issuer: zoe.issuer });
    expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/^There is no key of this person any more/) });
  });
});

async function withUsage(dataDir: string, count: typeof catchUp): Promise<void> {
  const usage = openUsageStore(dataDir);
  await count(dataDir, usage);
  await usage.close();
}

function usageOf(dataDir: string): readonly { readonly username: string; readonly requests: number }[] {
  const database = new DatabaseSync(join(dataDir, 'usage.db'), { readOnly: true });
  const rows = database
    .prepare('SELECT username, requests FROM usage JOIN person ON person.id = person ORDER BY api, rule, requests')
    .all();
  database.close();
  return rows.map((row) => ({ username: String(row['username']), requests: Number(row['requests']) }));
}

function withIndex(dataDir: string, work: (index: ReturnType<typeof openIndex>) => void): void {
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  work(openIndex(dataDir, database, revealer));
  revealer.close();
  database.close();
}

describe('an erasure that was broken off once the keys were thrown away', () => {
  /** As a kill leaves it: the keys and the record of the act are durable, and nothing else is done. */
  async function brokenOff(dataDir: string): Promise<PersonToErase> {
    await fillWithAll(dataDir);
    const eraser = openKeyEraser(auditFiles(dataDir).keys);
    try {
      const [holder] = eraser.holders(zoe.username);
      if (holder === undefined) throw new Error('Zoe has no key.');
      const person = { ...holder, ownNames: holder.names, alias: `erased-${holder.ids[0]}` };
      const asked = { reason: 'Request 12', operator: { user: 'root', sudoUser: null } };
      eraser.erase(holder.ids, person, erasureRecord(asked, person.alias, nowMs));
      return person;
    } finally {
      eraser.close();
    }
  }

  it('comes to its end by itself, and is told of until then', async () => {
    const dataDir = temporaryFolder();
    const { alias } = await brokenOff(dataDir);
    expect(found(dataDir, zoesBytes)).not.toEqual([]);
    expect(erasuresUnderWay(dataDir)).toEqual([alias]);
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [alias], waiting: [], failed: [] });
    expect(found(dataDir, zoesBytes)).toEqual([]);
    expect(erasuresUnderWay(dataDir)).toEqual([]);
    expect(usageOf(dataDir).map(({ username }) => username)).toContain(alias);
    // There is nothing more to do, and the act is recorded once.
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [], waiting: [], failed: [] });
    const eraser = openKeyEraser(auditFiles(dataDir).keys);
    expect(eraser.acts.waiting()).toHaveLength(1);
    eraser.close();
  });

  it('waits while the person, who has come back, is at work', async () => {
    const dataDir = temporaryFolder();
    const { alias } = await brokenOff(dataDir);
    const put = (count: number): void => {
      const sessions = openSessionStore(dataDir);
      sessions.put([{ ...sessionOf(zoe, nowMs), tunnels: { p: { count, seenAtMs: nowMs } } }]);
      sessions.close();
    };
    put(1);
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [], waiting: [alias], failed: [] });
    expect(erasuresUnderWay(dataDir)).toEqual([alias]);
    put(0);
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [alias], waiting: [], failed: [] });
  });

  it('isn’t at its end while bytes may be left in a file that somebody reads', async () => {
    const dataDir = temporaryFolder();
    const { alias } = await brokenOff(dataDir);
    const reading = new DatabaseSync(join(dataDir, 'usage.db'), { readOnly: true });
    reading.exec('BEGIN; SELECT count(*) FROM usage');
    const failed = [{ person: alias, why: 'in use: usage.db' }];
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [], waiting: [], failed });
    expect(erasuresUnderWay(dataDir)).toEqual([alias]);
    reading.close();
    expect(await goOnErasing(dataDir, nowMs)).toEqual({ finished: [alias], waiting: [], failed: [] });
    expect(found(dataDir, zoesBytes)).toEqual([]);
  }, 30_000);

  it('comes to its end behind one that fails each time', async () => {
    const dataDir = temporaryFolder();
    const { alias } = await brokenOff(dataDir);
    const keys = new DatabaseSync(auditFiles(dataDir).keys);
    keys.prepare('INSERT INTO erasure_under_way VALUES (?, ?, 1)').run('erased-first', '{"alias":"erased-first"}');
    keys.close();
    const failed = [{ person: 'erased-first', why: expect.any(String) }];
    expect(await goOnErasing(dataDir, nowMs)).toMatchObject({ finished: [alias], failed });
    expect(erasuresUnderWay(dataDir)).toEqual(['erased-first']);
  });

  it('leaves alone what the person did who came back since', async () => {
    const dataDir = temporaryFolder();
    const { alias } = await brokenOff(dataDir);
    const laterMs = nowMs + 2 * 3_600_000;
    const sessions = openSessionStore(dataDir);
    sessions.put([{ ...sessionOf(zoe, laterMs), id: 'of-the-way-back' }]);
    sessions.close();
    await write(dataDir, [decision('back', { caller: zoe, timeMs: laterMs })]);
    await withUsage(dataDir, catchUp);
    const usage = new DatabaseSync(join(dataDir, 'usage.db'));
    const record = JSON.stringify({ person: zoe });
    usage.prepare('INSERT INTO finding VALUES (?, ?, ?, 1)').run('newer', laterMs, record);
    usage.close();
    expect(await goOnErasing(dataDir, laterMs + 300_000)).toMatchObject({ finished: [alias] });
    const left = openSessionStore(dataDir);
    expect(left.list().map(({ id }) => id)).toContain('of-the-way-back');
    expect(left.list().map(({ id }) => id)).not.toContain(sessionOf(zoe, nowMs).id);
    left.close();
    const names = usageOf(dataDir).map(({ username }) => username);
    expect(names).toEqual(expect.arrayContaining([alias, zoe.username]));
    const after = new DatabaseSync(join(dataDir, 'usage.db'), { readOnly: true });
    expect(after.prepare(`SELECT id FROM finding WHERE record LIKE '%zoe%'`).all()).toEqual([{ id: 'newer' }]);
    after.close();
  });

  it('is none after one that came to its end, and where nothing was ever sealed', async () => {
    const dataDir = temporaryFolder();
    await fillWithAll(dataDir);
    expect((await erase(dataDir)).code).toBe(0);
    expect(erasuresUnderWay(dataDir)).toEqual([]);
    const other = temporaryFolder();
    expect([erasuresUnderWay(other), await goOnErasing(other, nowMs)]).toEqual([
      [],
      { finished: [], waiting: [], failed: [] },
    ]);
  });
});
