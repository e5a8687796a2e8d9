import { join } from 'node:path';
import type { Logger } from 'pino';
import { createOutboxWriter } from '../acts/outbox.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { ActiveGrant } from '../policy/decision.ts';
import { pollDatabase } from '../storage/poll-database.ts';
import { grantFile, type GrantStore, openGrantStore } from './grant-store.ts';
import { type AccessRequest, isOpen } from './grant.ts';
import { grantsInForce } from './grants-in-force.ts';

export interface GrantsOptions {
  readonly config: () => Pick<Config, 'apis' | 'access_requests'>;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Grants began or ended: catalogs and open requests have to follow. */
  readonly onChange: () => void;
  /** Requests came, were decided or are over: those whom that concerns look again. */
  readonly onRequests?: (changed: readonly AccessRequest[]) => void;
  readonly now?: () => number;
  /** Whether what happens goes into the audit here, and not by another process of this relay. Default true. */
  readonly writesEvents?: boolean;
  /** How often changes by other processes and ends of grants are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}

/** The grants in force, kept in memory for decisions. */
export interface Grants {
  readonly store: GrantStore;
  /** Those of one person; the same array until something changes. */
  of(identity: Pick<Identity, 'issuer' | 'subject'>): readonly ActiveGrant[];
  /** Looks for changes now. */
  refresh(): void | Promise<void>;
  /** The config changed: what it no longer offers ends at once. */
  configChanged(): void;
  close(): void;
}

/** Opens the store in the data folder, follows it, ends grants in time, and puts all that happens into the audit. */
export function startGrants(options: GrantsOptions & { readonly dataDir: string }): Grants {
  const { audit, log, config, onChange, onRequests, now = Date.now, writesEvents = true, pollMs = 250 } = options;
  const store = openGrantStore(options.dataDir);
  const inForce = grantsInForce({ config, onChange, onRequests, now });
  const writer = createOutboxWriter(store.outbox, { audit, dataDir: options.dataDir, log });
  const writeEvents = (): void => {
    if (writesEvents) writer.write();
  };

  const refresh = (): void => {
    store.expire(now());
    const open = store.list().filter(isOpen);
    writeEvents();
    inForce.put(open);
  };

  let version = store.version();
  const poll = pollDatabase(join(options.dataDir, grantFile), pollMs, () => {
    try {
      const current = store.version();
      if (writer.isBehind && audit.healthy) writeEvents();
      if (current === version && now() < inForce.nextEndMs()) return;
      refresh();
      // Only now: a change that couldn't be read is read at the next look.
      version = current;
    } catch (error) {
      log.error({ err: error }, 'access requests can’t be read; the grants known so far stay until they end');
    }
  });
  refresh();

  return {
    store,
    of: (identity) => inForce.of(identity),
    refresh,
    configChanged: () => inForce.review(),
    close() {
      poll.close();
      store.close();
    },
  };
}
