import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials, StoredAccount } from '../../../relay/break-glass/account.ts';
import { type BreakGlassStore, openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { itemKey } from '../../../relay/break-glass/invitations.ts';
import { mergeAccounts } from '../../../relay/break-glass/merge-accounts.ts';
import { breakGlassMigrations, shareAccounts } from '../../../relay/break-glass/share-accounts.ts';
import { deriveKey } from '../../../relay/shared-state/derive-key.ts';
import { createSeal } from '../../../relay/shared-state/seal.ts';
import { connectPostgres } from '../../../relay/storage/postgres/connect-postgres.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';

const passkey = { id: 'k1', publicKey: 'p', counter: 1, transports: [], addedAtMs: 1 };
const phrase = {
  salt: 's',
  hash: 'h',
  memoryKib: 1,
  passes: 1,
  parallelism: 1,
  totpSecret: 'SECRETSECRET',
  lastStep: 5,
};
const credentials: Credentials = { userHandle: 'u', passkeys: [passkey], passphrase: phrase };
const account: StoredAccount = { name: 'kim', credentials, disabled: false, changedAtMs: 100, disabledAtMs: 0 };
const used = (counter: number, lastStep: number): Credentials => ({
  ...credentials,
  passkeys: [{ ...passkey, counter }],
  passphrase: { ...phrase, lastStep },
});

describe('what two relays know of an account', () => {
  it.each<[what: string, one: StoredAccount, other: StoredAccount, merged: StoredAccount]>([
    ['the same', account, account, account],
    [
      'disabled later, used meanwhile',
      { ...account, disabled: true, disabledAtMs: 200 },
      { ...account, credentials: used(9, 9) },
      { ...account, credentials: used(9, 9), disabled: true, disabledAtMs: 200 },
    ],
    [
      'used at both',
      { ...account, credentials: used(9, 5) },
      { ...account, credentials: used(1, 9) },
      { ...account, credentials: used(9, 9) },
    ],
    [
      'removed later',
      { ...account, credentials: null, changedAtMs: 200 },
      { ...account, credentials: used(9, 9) },
      { ...account, credentials: null, changedAtMs: 200 },
    ],
    [
      'enrolled anew later, with other codes',
      {
        ...account,
        credentials: { ...credentials, passkeys: [], passphrase: { ...phrase, totpSecret: 'NEW', lastStep: 1 } },
        changedAtMs: 200,
      },
      { ...account, credentials: used(9, 9) },
      {
        ...account,
        credentials: { ...credentials, passkeys: [], passphrase: { ...phrase, totpSecret: 'NEW', lastStep: 1 } },
        changedAtMs: 200,
      },
    ],
    [
      'disabled and enabled at the same moment',
      { ...account, disabled: true, disabledAtMs: 200 },
      { ...account, disabledAtMs: 200 },
      { ...account, disabled: true, disabledAtMs: 200 },
    ],
    [
      'disabled, and enrolled later where that wasn’t known',
      { ...account, disabled: true, disabledAtMs: 200 },
      { ...account, credentials: used(9, 9), changedAtMs: 300 },
      { ...account, credentials: null, disabled: true, changedAtMs: 300, disabledAtMs: 200 },
    ],
    [
      'the same, when one of them knows it already',
      { ...account, credentials: null, changedAtMs: 300, disabledAtMs: 400 },
      { ...account, credentials: used(9, 9), changedAtMs: 300 },
      { ...account, credentials: null, changedAtMs: 300, disabledAtMs: 400 },
    ],
    [
      'enabled later, and enrolled after that',
      { ...account, disabled: true, disabledAtMs: 200 },
      { ...account, credentials: used(9, 9), changedAtMs: 400, disabledAtMs: 300 },
      { ...account, credentials: used(9, 9), changedAtMs: 400, disabledAtMs: 300 },
    ],
    [
      'removed later than it was disabled',
      { ...account, disabled: true, disabledAtMs: 200 },
      { ...account, credentials: null, changedAtMs: 300 },
      { ...account, credentials: null, disabled: true, changedAtMs: 300, disabledAtMs: 200 },
    ],
  ])('%s is one, whichever comes first', (_what, one, other, merged) => {
    expect(mergeAccounts(one, other)).toEqual(merged);
    expect(mergeAccounts(other, one)).toEqual(merged);
  });
});

describe.runIf(postgresPrograms !== null)('relays that share a storage', { timeout: 120_000 }, () => {
  const log = pino({ level: 'silent' });
  let storage: StorageServer;
  const closers: (() => unknown)[] = [];
  const sealOf = (secret: string, ...others: readonly string[]) => {
    const [key, ...former] = [secret, ...others].map((each) => deriveKey(each, 'break-glass accounts'));
    if (key === undefined) throw new Error('there is a secret');
    return createSeal(key, ...former);
  };
  const openRelay = (
    secret = 's'.repeat(40),
    former?: string,
  ): { store: BreakGlassStore; exchange(): Promise<void> } => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-shared-'));
    const store = openBreakGlassStore(dir, Date.now);
    const seal = former === undefined ? sealOf(secret) : sealOf(secret, former);
    const sharing = shareAccounts({ storage: storage.connect(), store, seal, log, everyMs: 3_600_000 });
    closers.push(() => {
      sharing.close();
      store.close();
      rmSync(dir, { recursive: true, force: true });
    });
    return { store, exchange: () => sharing.exchange() };
  };
  let one: ReturnType<typeof openRelay>;
  let other: ReturnType<typeof openRelay>;
  beforeAll(async () => {
    storage = await startStorage();
    [one, other] = [openRelay(), openRelay()];
    await Promise.all([one.exchange(), other.exchange()]);
  });
  afterAll(async () => {
    for (const closer of closers.toReversed()) closer();
    await storage?.stop();
  });
  const meet = async (): Promise<void> => {
    await one.exchange();
    await other.exchange();
    await one.exchange();
  };

  it('each have all accounts in their own folder, as they were changed last, without a secret in the storage', async () => {
    one.store.change('kim', () => ({ credentials }));
    await meet();
    expect(other.store.account('kim')?.credentials).toEqual(credentials);

    other.store.change('kim', () => ({ disabled: true }));
    one.store.use('kim', () => used(7, 8));
    await meet();
    for (const { store } of [one, other])
      expect(store.account('kim')).toMatchObject({ disabled: true, credentials: used(7, 8) });

    one.store.remove('kim', 'Left');
    await meet();
    expect(other.store.account('kim')?.credentials).toBeNull();
    one.store.change('kim', () => ({ credentials, disabled: false }));
    await meet();

    const { rows } = await storage
      .connect()
      .run((database) => sql<Record<string, unknown>>`SELECT * FROM break_glass_account`.execute(database));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/SECRETSECRET|userHandle/);
  });

  it('refuse it where a relay has been that keeps more of an account', async () => {
    const { domain, steps } = breakGlassMigrations;
    const before = connectPostgres(storage.settings, log, { migrations: [{ domain, steps: steps.slice(0, 2) }] });
    closers.push(() => before.close());
    await expect(before.run((database) => sql`SELECT 1`.execute(database))).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('The tables “break-glass” in PostgreSQL were made by a newer relay'),
    });
  });

  it('say of an account that they can’t read whether it is of a newer relay or of another secret', async () => {
    const told: string[] = [];
    const words = pino({}, { write: (line) => void told.push((JSON.parse(line) as { msg: string }).msg) });
    const newer = JSON.stringify({ ...account, name: 'newer', tomorrow: true });
    const rows = [
      ['newer', sealOf('s'.repeat(40)).close('break-glass newer', newer)],
      ['foreign', sealOf('t'.repeat(40)).close('break-glass foreign', JSON.stringify(account))],
    ];
    const connection = storage.connect();
    for (const [name, sealed] of rows)
      await connection.run((database) =>
        sql`INSERT INTO break_glass_account VALUES (${name}, ${sealed})`.execute(database),
      );
    const sharing = shareAccounts({
      storage: connection,
      store: one.store,
      seal: sealOf('s'.repeat(40)),
      log: words,
      everyMs: 3_600_000,
    });
    await sharing.exchange();
    sharing.close();
    expect(new Set(told)).toEqual(
      new Set([
        'a break-glass account in the storage was sealed with another secret',
        'a break-glass account in the storage is of a newer relay: start that one here, too',
      ]),
    );
    await connection.run((database) =>
      sql`DELETE FROM break_glass_account WHERE name IN ('newer', 'foreign')`.execute(database),
    );
  });

  it('lose nothing that was decided while they exchanged', async () => {
    const storeOf = (change: () => void): BreakGlassStore => ({
      ...one.store,
      accounts() {
        const read = one.store.accounts();
        change();
        return read;
      },
      takeOver(account) {
        change();
        return one.store.takeOver(account);
      },
    });
    other.store.use('kim', () => used(20, 20));
    await other.exchange();
    const store = storeOf(() => one.store.change('kim', () => ({ disabled: true })));
    const sharing = shareAccounts({
      storage: storage.connect(),
      store,
      seal: sealOf('s'.repeat(40)),
      log,
      everyMs: 3_600_000,
    });
    await sharing.exchange();
    sharing.close();
    expect(one.store.account('kim')).toMatchObject({ disabled: true, credentials: used(20, 20) });
    one.store.change('kim', () => ({ disabled: false }));
    await meet();
  });

  it('enable nobody by an enrolment at one that didn’t know', async () => {
    one.store.change('lee', () => ({ credentials }));
    await meet();
    one.store.change('lee', () => ({ disabled: true }));
    const { disabledAtMs = 0 } = one.store.account('lee') ?? {};
    await expect.poll(Date.now).toBeGreaterThan(disabledAtMs);
    other.store.change('lee', () => ({ credentials: used(99, 99) }));
    await meet();
    await meet();
    for (const { store } of [one, other])
      expect(store.account('lee')).toMatchObject({ disabled: true, credentials: null });
  });

  it('take an invitation of another one, once', async () => {
    const id = itemKey('the link');
    one.store.invite('the link', { account: 'pat', by: 'root' }, Date.now() + 60_000, 'Invited');
    await meet();
    expect(other.store.invitation(id)).toMatchObject({ account: 'pat', by: 'root' });
    expect(other.store.enrol(id, () => credentials, 'Enrolled')).toBe(true);
    expect(other.store.enrol(id, () => credentials, 'Enrolled')).toBe(false);
    await meet();
    await meet();
    expect(one.store.invitation(id)).toBeNull();
    expect(one.store.enrol(id, () => credentials, 'Enrolled')).toBe(false);
  });

  it.each<[what: string, act: (store: BreakGlassStore) => unknown]>([
    ['used', (store) => store.enrol(itemKey('revived used'), () => credentials, 'Enrolled')],
    ['spent by a removal', (store) => store.remove('sam', 'Left')],
    ['spent by another link', (store) => store.invite('next', { account: 'sam', by: 'x' }, Date.now() + 60_000, '')],
  ])('take no link anew that was %s, whatever is written into the storage', async (what, act) => {
    const name = `revived ${what}`;
    const id = itemKey(name);
    const run = (statement: ReturnType<typeof sql>) => storage.connect().run((database) => statement.execute(database));
    one.store.invite(name, { account: 'sam', by: 'root' }, Date.now() + 60_000, 'Invited');
    await meet();
    const { rows } = await run(sql`SELECT sealed FROM break_glass_invitation WHERE id = ${id}`);
    const { sealed } = rows[0] as { sealed: string };
    act(one.store);
    await meet();
    const end = Date.now() + 3_600_000;
    await run(sql`DELETE FROM break_glass_invitation`);
    await run(sql`INSERT INTO break_glass_invitation VALUES (${id}, ${sealed}, ${end}, false)`);
    await meet();
    for (const { store } of [one, other]) expect(store.invitation(id)).toBeNull();
    one.store.remove('sam', 'Over');
  });

  it('take no link that is over, whatever end is written into the storage', async () => {
    one.store.invite('short', { account: 'ada', by: 'root' }, Date.now() + 1500, 'Invited');
    await one.exchange();
    await storage
      .connect()
      .run((database) =>
        sql`UPDATE break_glass_invitation SET expires_at_ms = ${Date.now() + 3_600_000}`.execute(database),
      );
    await expect.poll(() => one.store.invitation(itemKey('short')), { timeout: 10_000 }).toBeNull();
    await meet();
    for (const { store } of [one, other]) expect(store.invitation(itemKey('short'))).toBeNull();
  });

  it('share invitations, and that they were used, also once the former secret is gone', async () => {
    const [known, next] = [itemKey('known before'), 'n'.repeat(40)];
    const run = (statement: ReturnType<typeof sql>) => storage.connect().run((database) => statement.execute(database));
    one.store.invite('known before', { account: 'max', by: 'root' }, Date.now() + 60_000, 'Invited');
    await meet();
    const { rows } = await run(sql`SELECT sealed FROM break_glass_invitation WHERE id = ${known}`);
    const { sealed } = rows[0] as { sealed: string };

    const changing = openRelay(next, 's'.repeat(40));
    await changing.exchange();
    const later = openRelay(next);
    await later.exchange();
    expect(later.store.invitation(known)).toMatchObject({ account: 'max' });

    // One that nobody had sealed anew.
    await run(sql`UPDATE break_glass_invitation SET sealed = ${sealed} WHERE id = ${known}`);
    later.store.enrol(known, () => credentials, 'Enrolled');
    await later.exchange();
    expect((await run(sql`SELECT used FROM break_glass_invitation WHERE id = ${known}`)).rows).toEqual([
      { used: true },
    ]);
    const another = openRelay(next);
    another.store.takeOverInvitation({
      id: known,
      payload: JSON.stringify({ account: 'max', by: 'root' }),
      expiresAtMs: Date.now() + 60_000,
      isUsed: false,
    });
    await another.exchange();
    expect(another.store.invitations().find(({ id }) => id === known)?.isUsed).toBe(true);
    await run(sql`DELETE FROM break_glass_invitation`);
    await run(sql`DELETE FROM break_glass_account`);
    await meet();
  });

  it('take nothing that was sealed with another secret', async () => {
    const stranger = openRelay('x'.repeat(40));
    await stranger.exchange();
    expect(stranger.store.accounts()).toEqual([]);
    stranger.store.change('kim', () => ({ credentials: used(99, 99) }));
    await stranger.exchange();
    await meet();
    expect(other.store.account('kim')?.credentials).toEqual(used(20, 20));
  });

  it('go on with what they have while the storage is away, and meet again afterwards', async () => {
    await storage.server.kill();
    await expect(one.exchange()).rejects.toMatchObject({ code: 'shared-state-unavailable' });
    one.store.change('kim', () => ({ disabled: true }));
    expect(one.store.account('kim')?.disabled).toBe(true);
    await storage.server.restart();
    await expect
      .poll(
        () =>
          meet().then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true);
    expect(other.store.account('kim')?.disabled).toBe(true);
  });
});
