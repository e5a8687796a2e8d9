import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { StoredAccount } from './account.ts';

/** A link that somebody who runs the relay has made for an account. */
export interface Invitation {
  readonly account: string;
  /** Who made it, in words. */
  readonly by: string;
  /** Who made it at the admin API, as `personHash`; missing for who can open the relay’s files. */
  readonly invitedBy?: string;
  /** The same as `inviterNames`. */
  readonly invitedAs?: readonly string[];
  /** Later than all that had happened to the account by then; missing in those of earlier relays. */
  readonly madeAtMs?: number;
}

/** An invitation by the hash of its id. */
export interface KeptInvitation {
  readonly id: string;
  readonly payload: string;
  readonly expiresAtMs: number;
  readonly isUsed: boolean;
}

/** Invitations in the database; whoever changes more than one thing does it in a transaction. */
export interface Invitations {
  all(): readonly KeptInvitation[];
  /** One that nobody has used, by the hash of its id. */
  find(id: string): Invitation | null;
  /** Of several callers exactly one gets true. */
  use(id: string): boolean;
  /** Spends those that are left of an account. @returns how many */
  spendOf(account: string): number;
  /** What another relay knows; one that was used here stays so. */
  takeOver(invitation: KeptInvitation): void;
}

/** What is kept of the id of an item, so that the file holds no link or code that could be used. */
export function itemKey(id: string): string {
  return hash('sha256', id, 'base64url');
}

/**
 * Whether a link may still be used: a later enrolment, removal or disabling of the account spends it, at whichever relay
 * that was, and whatever the storage says of the link itself. Pure.
 */
export function isOpenFor({ madeAtMs }: Invitation, account: StoredAccount | null): boolean {
  if (account === null) return true;
  if (account.disabled) return false;
  return madeAtMs === undefined || madeAtMs > Math.max(account.changedAtMs, account.disabledAtMs);
}

export function keepInvitations(database: DatabaseSync, now: () => number): Invitations {
  const selectAll = database.prepare(
    `SELECT kind, id, payload, expires_at_ms FROM item
     WHERE kind IN ('invitation', 'used-invitation') AND expires_at_ms > ?`,
  );
  const select = database.prepare(
    `SELECT payload FROM item WHERE kind = 'invitation' AND id = ? AND expires_at_ms > ?`,
  );
  const spend = database.prepare(
    `UPDATE OR REPLACE item SET kind = 'used-invitation' WHERE kind = 'invitation' AND id = ? AND expires_at_ms > ?`,
  );
  const spendOf = database.prepare(
    `UPDATE OR REPLACE item SET kind = 'used-invitation'
     WHERE kind = 'invitation' AND json_extract(payload, '$.account') = ? AND expires_at_ms > ?`,
  );
  const selectUsed = database.prepare(`SELECT 1 FROM item WHERE kind = 'used-invitation' AND id = ?`);
  const drop = database.prepare(`DELETE FROM item WHERE kind = 'invitation' AND id = ?`);
  const put = database.prepare(`INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, '')`);
  return {
    all: () =>
      selectAll.all(now()).map((row) => ({
        id: String(row['id']),
        payload: String(row['payload']),
        expiresAtMs: Number(row['expires_at_ms']),
        isUsed: row['kind'] === 'used-invitation',
      })),
    find(id) {
      const row = select.get(id, now());
      return row === undefined ? null : (JSON.parse(String(row['payload'])) as Invitation);
    },
    use: (id) => Number(spend.run(id, now()).changes) === 1,
    spendOf: (account) => Number(spendOf.run(account, now()).changes),
    takeOver({ id, payload, expiresAtMs, isUsed }) {
      if (selectUsed.get(id) !== undefined) return;
      drop.run(id);
      put.run(isUsed ? 'used-invitation' : 'invitation', id, payload, expiresAtMs);
    },
  };
}
