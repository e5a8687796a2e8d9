import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { ActiveGrant } from '../policy/decision.ts';
import { isOffered } from './access-rules.ts';
import { activeGrant } from './grant.ts';
import { type GrantStore, openGrantStore } from './grant-store.ts';

export interface GrantsOptions {
  readonly dataDir: string;
  readonly config: () => Pick<Config, 'apis' | 'access_requests'>;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Grants began or ended: catalogs and open requests have to follow. */
  readonly onChange: () => void;
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
  refresh(): void;
  close(): void;
}

const none: readonly ActiveGrant[] = [];

/** Opens the store, follows it, ends grants in time, and puts everything that happens into the audit. */
export function startGrants(options: GrantsOptions): Grants {
  const { audit, log, config, onChange, now = Date.now, writesEvents = true, pollMs = 250 } = options;
  const store = openGrantStore(options.dataDir);
  let byPerson = new Map<string, ActiveGrant[]>();
  let known: string | undefined;
  let isBehind = false;

  const writeEvents = (): void => {
    isBehind = false;
    if (!writesEvents) return;
    store.takeEvents(({ event, timeMs, by, note, request }, done) => {
      const { id, requester, api, role, hours, expiresAtMs } = request;
      audit.append(
        { type: 'access', timeMs, event, grant: id, requester, api, role, hours, expiresAtMs, by, note },
        (error) => {
          done(error === null);
          if (error === null) return;
          isBehind = true;
          log.error({ err: error, grant: id }, 'an access event waits for the audit');
        },
      );
    });
  };

  const refresh = (): void => {
    store.expire(now());
    const approved = store.list({ status: 'approved' }).filter((request) => isOffered(config(), request));
    const next = new Map<string, ActiveGrant[]>();
    for (const request of approved) {
      const grant = activeGrant(request);
      const person = keyOf(request.requester);
      if (grant !== null) next.set(person, [...(next.get(person) ?? []), grant]);
    }
    byPerson = next;
    writeEvents();
    const state = JSON.stringify([...next]);
    const isNews = known !== undefined && state !== known;
    known = state;
    if (isNews) onChange();
  };

  let version = store.version();
  const poll = setInterval(() => {
    try {
      const current = store.version();
      const nextEndMs = Math.min(...[...byPerson.values()].flat().map((grant) => grant.expiresAtMs));
      if (isBehind && audit.healthy) writeEvents();
      if (current === version && now() < nextEndMs) return;
      version = current;
      refresh();
    } catch (error) {
      log.error({ err: error }, 'access requests can’t be read; the grants known so far stay until they end');
    }
  }, pollMs).unref();
  refresh();

  return {
    store,
    of: (identity) => (byPerson.size === 0 ? none : (byPerson.get(keyOf(identity)) ?? none)),
    refresh,
    close() {
      clearInterval(poll);
      store.close();
    },
  };
}

function keyOf({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): string {
  return `${issuer} ${subject}`;
}
