import type { Changes } from '../storage/follow-changes.ts';
import type { Grants, GrantsOptions } from './grants.ts';
import { grantsInForce } from './grants-in-force.ts';
import { grantTopic, type PostgresGrantStore } from './postgres-grant-store.ts';

/** How often grants are looked for that are over, and that no relay has marked so. */
const expireEveryMs = 10_000;

/**
 * The grants that all relays have in the storage, in memory for decisions. While it is away those known so far count until
 * they end.
 */
export function startStoredGrants(
  options: Pick<GrantsOptions, 'config' | 'log' | 'onChange' | 'onRequests' | 'now' | 'pollMs'> & {
    readonly store: PostgresGrantStore;
    readonly changes: Changes;
    /** Tells the other relays at once, where something can. */
    readonly onTold: () => void;
  },
): Grants {
  const { store, changes, log, config, onChange, onRequests, onTold, now = Date.now, pollMs = 250 } = options;
  const inForce = grantsInForce({ config, onChange, onRequests, now });
  changes.follow(grantTopic, async () => {
    const [pending, approved] = [await store.list({ status: 'pending' }), await store.list({ status: 'approved' })];
    inForce.put([...pending, ...approved]);
  });

  let expiredAtMs = now();
  const poll = setInterval(() => {
    const nowMs = now();
    const isOver = nowMs >= inForce.nextEndMs();
    if (isOver) inForce.review();
    if (!isOver && nowMs - expiredAtMs < expireEveryMs) return;
    expiredAtMs = nowMs;
    store.expire(nowMs).then(
      (ended) => {
        if (ended > 0) onTold();
      },
      (error: unknown) => log.debug({ err: error }, 'grants that are over are marked later'),
    );
  }, pollMs).unref();

  return {
    store,
    of: (identity) => inForce.of(identity),
    async refresh() {
      onTold();
      await changes.look();
    },
    configChanged: () => inForce.review(),
    close: () => clearInterval(poll),
  };
}
