import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials, StoredAccount } from '../../../relay/break-glass/account.ts';
import { type BreakGlassStore, openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { mergeAccounts } from '../../../relay/break-glass/merge-accounts.ts';
import { shareAccounts } from '../../../relay/break-glass/share-accounts.ts';
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
const account: StoredAccount = { name: 'kim', credentials, disabled: false, changedAtMs: 100 };
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
      { ...account, disabled: true, changedAtMs: 200 },
      { ...account, credentials: used(9, 9) },
      { ...account, credentials: used(9, 9), disabled: true, changedAtMs: 200 },
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
      { ...account, disabled: true },
      account,
      { ...account, disabled: true },
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
  const openRelay = (secret = 's'.repeat(40)): { store: BreakGlassStore; exchange(): Promise<void> } => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-shared-'));
    const store = openBreakGlassStore(dir, Date.now);
    const sharing = shareAccounts({ storage: storage.connect(), store, secret, log, everyMs: 3_600_000 });
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
    one.store.change('kim', () => ({ credentials }));
    await meet();

    const { rows } = await storage
      .connect()
      .run((database) => sql<Record<string, unknown>>`SELECT * FROM break_glass_account`.execute(database));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/SECRETSECRET|userHandle/);
  });

  it('take an invitation of another one, once', async () => {
    one.store.put('invitation', 'the link', { account: 'kim', by: 'root' }, Date.now() + 60_000);
    await meet();
    expect(other.store.get('invitation', 'the link')).toEqual({ account: 'kim', by: 'root' });
    expect(other.store.useInvitation('the link')).toBe(true);
    expect(other.store.useInvitation('the link')).toBe(false);
    await meet();
    await meet();
    expect(one.store.get('invitation', 'the link')).toBeNull();
    expect(one.store.useInvitation('the link')).toBe(false);
  });

  it('take nothing that was sealed with another secret', async () => {
    const stranger = openRelay('x'.repeat(40));
    await stranger.exchange();
    expect(stranger.store.accounts()).toEqual([]);
    stranger.store.change('kim', () => ({ credentials: used(99, 99) }));
    await stranger.exchange();
    await meet();
    expect(other.store.account('kim')?.credentials).toEqual(credentials);
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
