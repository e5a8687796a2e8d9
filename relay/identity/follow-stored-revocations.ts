import type { Logger } from 'pino';
import type { Changes } from '../storage/follow-changes.ts';
import { type PostgresRevocationStore, revocationTopic } from './postgres-revocations.ts';
import { createRevocations, type RevocationMark, type Revocations } from './revocations.ts';

const tellEveryMs = 500;
const marksAtOnce = 500;

/**
 * The revocations that all relays have in the storage, in memory for decisions. What is revoked counts here at once, and is
 * written until the storage has it.
 */
export function followStoredRevocations(options: {
  readonly store: PostgresRevocationStore;
  readonly changes: Pick<Changes, 'follow' | 'behindMs'>;
  readonly log: Logger;
  /** Called when something was revoked, here or elsewhere. */
  readonly onRevoked: () => void;
  /** Tells the other relays at once, where something can. */
  readonly onTold: () => void;
  readonly now?: () => number;
  /** Without having seen the newest for so long, nobody can be said to be not revoked. Default 5 s. */
  readonly maxBehindMs?: number;
}): Revocations & { close(): void } {
  const { store, changes, log, onRevoked, onTold, now = Date.now, maxBehindMs = 5000 } = options;
  const local = createRevocations({ now });
  let untold: readonly RevocationMark[] = [];
  let telling: Promise<void> | null = null;

  const tellSome = async (): Promise<void> => {
    while (untold.length > 0) {
      const some = untold.slice(0, marksAtOnce);
      await store.write(some);
      untold = untold.filter((mark) => !some.includes(mark));
      onTold();
    }
  };
  const tell = (): Promise<void> => {
    telling ??= tellSome().finally(() => {
      telling = null;
    });
    return telling;
  };

  changes.follow(revocationTopic, async (version, loaded) => {
    // A storage that was set back to an older state may have lost some.
    const isSetBack = version < loaded;
    const marks = await store.readAfter(isSetBack ? -1 : loaded, now());
    let isNews = false;
    for (const mark of marks) isNews = local.take(mark) || isNews;
    if (isNews) onRevoked();
    if (!isSetBack) return;
    const there = new Map(marks.map(({ name, atMs }) => [name, atMs]));
    untold = local.marks().filter(({ name, atMs }) => (there.get(name) ?? 0) < atMs);
  });
  const timer = setInterval(() => {
    if (untold.length > 0)
      tell().catch((error: unknown) => log.debug({ err: error }, 'revocations wait for the storage'));
  }, tellEveryMs).unref();

  return {
    async revoke(revocation, by) {
      untold = [...untold, ...local.mark(revocation, by)];
      onRevoked();
      await tell();
    },
    revokedBy: (identity) => local.revokedBy(identity),
    problem: () =>
      changes.behindMs() <= maxBehindMs ? null : 'The storage that the relays share (PostgreSQL) can’t be used.',
    close: () => clearInterval(timer),
  };
}
