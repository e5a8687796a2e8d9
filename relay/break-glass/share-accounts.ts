import { sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Seal } from '../shared-state/seal.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { credentialsSchema, type StoredAccount } from './account.ts';
import type { BreakGlassStore } from './break-glass-store.ts';
import type { KeptInvitation } from './invitations.ts';

/** Accounts and invitations of relays that share a storage, sealed: who reads the database learns no secret. */
export const breakGlassMigrations: DomainMigrations = {
  domain: 'break-glass',
  steps: [
    `CREATE TABLE break_glass_account (name text PRIMARY KEY, sealed text NOT NULL);
     CREATE TABLE break_glass_invitation (
       id text PRIMARY KEY, sealed text NOT NULL, expires_at_ms bigint NOT NULL, used boolean NOT NULL
     )`,
    // Who has signed in lately, for owners at other relays; as the audit has it, and no secret.
    `CREATE TABLE break_glass_sign_in (version bigint PRIMARY KEY, account text NOT NULL, at_ms bigint NOT NULL)`,
    // Credentials say by whose link they came: a relay that can’t read them would miss each later change of their account.
    'SELECT 1',
    // Who was invited lately and by whom, in the same way.
    `CREATE TABLE break_glass_invited (
       version bigint PRIMARY KEY, account text NOT NULL, at_ms bigint NOT NULL, made_by text NOT NULL
     )`,
  ],
};

const accountSchema = z.strictObject({
  name: z.string(),
  credentials: credentialsSchema.nullable(),
  disabled: z.boolean(),
  changedAtMs: z.number(),
  disabledAtMs: z.number().default(0),
});

const sealedInvitationSchema = z.strictObject({ payload: z.string(), expiresAtMs: z.number() });

type Tables = Transaction<Record<string, never>>;

/**
 * Keeps what this relay knows of accounts and what the others do the same, by the storage that they share, every few
 * seconds while that is in reach. Each relay has all of it in its own data folder, for when nothing is in reach.
 */
export function shareAccounts(options: {
  readonly storage: PostgresConnection;
  readonly store: BreakGlassStore;
  /** By the secret that the relays share. */
  readonly seal: Seal;
  readonly log: Logger;
  readonly now?: () => number;
  /** Milliseconds between looks. Default 3000. */
  readonly everyMs?: number;
}): { exchange(): Promise<void>; close(): void } {
  const { storage, store, seal, log, now = Date.now, everyMs = 3000 } = options;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const exchange = (): Promise<void> =>
    storage.transaction<Record<string, never>, void>(async (transaction) => {
      await exchangeAccounts(transaction, store, seal, log);
      await exchangeInvitations(transaction, store, seal, now());
    });
  const look = async (): Promise<void> => {
    try {
      if (!closed) await exchange();
    } catch (error) {
      log.debug({ err: error }, 'break-glass accounts are exchanged with the other relays later');
    }
    if (!closed) timer = setTimeout(() => void look(), everyMs).unref();
  };
  void look();
  return {
    exchange,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

async function exchangeAccounts(transaction: Tables, store: BreakGlassStore, seal: Seal, log: Logger): Promise<void> {
  const { rows } = await sql<{ name: string; sealed: string }>`
    SELECT name, sealed FROM break_glass_account ORDER BY name FOR UPDATE`.execute(transaction);
  const tell = async (account: StoredAccount): Promise<void> => {
    const sealed = seal.close(placeOf(account.name), JSON.stringify(account));
    await sql`INSERT INTO break_glass_account (name, sealed) VALUES (${account.name}, ${sealed})
      ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed`.execute(transaction);
  };
  for (const { name, sealed } of rows) {
    const other = openAccount(seal, name, sealed);
    if (typeof other === 'string') log.error({ account: name }, other);
    else {
      const known = store.takeOver(other);
      if (!isSame(known, other) || seal.isFormer(placeOf(name), sealed)) await tell(known);
    }
  }
  const elsewhere = new Set(rows.map(({ name }) => name));
  for (const own of store.accounts()) if (!elsewhere.has(own.name)) await tell(own);
}

async function exchangeInvitations(
  transaction: Tables,
  store: BreakGlassStore,
  seal: Seal,
  nowMs: number,
): Promise<void> {
  await sql`DELETE FROM break_glass_invitation WHERE expires_at_ms <= ${Math.floor(nowMs)}`.execute(transaction);
  const { rows } = await sql<{ id: string; sealed: string; used: boolean }>`
    SELECT id, sealed, used FROM break_glass_invitation ORDER BY id FOR UPDATE`.execute(transaction);
  const own = new Map(store.invitations().map((invitation) => [invitation.id, invitation]));
  for (const { id, sealed, used } of rows) {
    const known = own.get(id);
    const invitation = openInvitation(seal, id, sealed);
    own.delete(id);
    if (known?.isUsed === true && !used)
      await sql`UPDATE break_glass_invitation SET used = true WHERE id = ${id}`.execute(transaction);
    // A link that is known was used, also when what is in the storage can’t be opened any more.
    if (known?.isUsed === false && used) store.takeOverInvitation({ ...known, isUsed: true });
    // The end that counts is the sealed one: whoever writes the storage prolongs nothing.
    if (invitation === null || invitation.expiresAtMs <= nowMs) continue;
    if (known === undefined) store.takeOverInvitation({ id, ...invitation, isUsed: used });
    if (seal.isFormer(placeOf(id), sealed)) {
      const anew = seal.close(placeOf(id), JSON.stringify(invitation));
      await sql`UPDATE break_glass_invitation SET sealed = ${anew} WHERE id = ${id}`.execute(transaction);
    }
  }
  for (const invitation of own.values()) await addInvitation(transaction, seal, invitation);
}

async function addInvitation(transaction: Tables, seal: Seal, invitation: KeptInvitation): Promise<void> {
  const { id, payload, expiresAtMs, isUsed } = invitation;
  const sealed = seal.close(placeOf(id), JSON.stringify({ payload, expiresAtMs }));
  await sql`INSERT INTO break_glass_invitation (id, sealed, expires_at_ms, used)
    VALUES (${id}, ${sealed}, ${Math.floor(expiresAtMs)}, ${isUsed})
    ON CONFLICT (id) DO UPDATE SET used = break_glass_invitation.used OR excluded.used`.execute(transaction);
}

function placeOf(id: string): string {
  return `break-glass ${id}`;
}

/** The account, or why it can’t be read. */
function openAccount(seal: Seal, name: string, sealed: string): StoredAccount | string {
  const text = seal.open(placeOf(name), sealed);
  if (text === undefined) return 'a break-glass account in the storage was sealed with another secret';
  const { data } = accountSchema.safeParse(JSON.parse(text));
  return data ?? 'a break-glass account in the storage is of a newer relay: start that one here, too';
}

function openInvitation(seal: Seal, id: string, sealed: string): z.infer<typeof sealedInvitationSchema> | null {
  const text = seal.open(placeOf(id), sealed);
  return text === undefined ? null : (sealedInvitationSchema.safeParse(JSON.parse(text)).data ?? null);
}

function isSame(one: StoredAccount, other: StoredAccount): boolean {
  return JSON.stringify(accountSchema.parse(one)) === JSON.stringify(accountSchema.parse(other));
}
