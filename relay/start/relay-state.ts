import type { Logger } from 'pino';
import type { Emergency } from '../../shared/emergency.ts';
import { sparedLocks } from '../administration/spared-locks.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { EmergencyNews } from '../break-glass/emergency-news.ts';
import type { Config } from '../config/config-schema.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { AccessRequest } from '../grants/grant.ts';
import type { Grants } from '../grants/grants.ts';
import type { Revocations } from '../identity/revocations.ts';
import { storeRevocations } from '../identity/store-revocations.ts';
import type { DidAsk as DidAskStore } from '../metrics/shared-state-metrics.ts';
import type { Notify } from '../notify/start-notify.ts';
import { keepEndingLockedGrants } from '../sessions/end-locked-grants.ts';
import type { OpenedNews } from '../sessions/opened-news.ts';
import type { Locks } from '../sessions/start-locks.ts';
import type { SessionTracker } from '../sessions/track-sessions.ts';
import type { Signals } from '../signals/receive/start-signals.ts';
import { notifySettingsOf, transmittersOf } from './config-of-parts.ts';
import type { SharedState } from './open-shared-state.ts';
import type { StoredState } from './open-storage.ts';
import {
  actsOf,
  emergenciesOfRelay,
  grantsOfRelay,
  locksOfRelay,
  notifyOfRelay,
  sessionsOfRelay,
  sharedStateOf,
  signalsOfRelay,
  storedStateOf,
} from './optional-parts.ts';
import { orCloseAll } from './or-close-all.ts';

/** What outlasts tunnels and requests: in the data folder, or with other relays. */
export interface RelayState {
  readonly stored: StoredState | null;
  readonly shared: SharedState | null;
  readonly locks: Locks;
  readonly sessions: SessionTracker;
  /** Emergency sign-ins, told to other relays; null where there are no accounts, or no others. */
  readonly emergencies: EmergencyNews | null;
  readonly grants: Grants;
  readonly revocations: Revocations;
  readonly signals: Signals;
  readonly notify: Notify;
  /** The same audit; what it records of access is told to people besides. */
  readonly telling: AuditLog;
  /** Whom another config tells, and whom it listens to. */
  replace(next: LoadedConfig): void;
  /** Resolves when what others know is known here, or after a while. */
  untilCaughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Who hears of what changes. */
export interface StateNews {
  /** Something was revoked. */
  readonly onRevoked: () => void;
  /** What the relays share has been out of reach for too long. */
  readonly onBlind: () => void;
  readonly onLocks: () => void;
  /** Grants began or ended. */
  readonly onGrants: () => void;
  readonly onRequests: (changed: readonly AccessRequest[]) => void;
  readonly sessions: OpenedNews;
  /** Somebody has signed in with an emergency account at another relay. */
  readonly onEmergencyElsewhere: (emergency: Emergency) => void;
}

interface RelayStateOptions {
  readonly config: () => Config;
  readonly audit: AuditLog;
  readonly didAsk: DidAskStore;
  readonly log: Logger;
  /** Whether this process does what one does for all: it writes acts and events, sends and polls. */
  readonly isSingle: boolean;
  readonly news: StateNews;
}

/** Opens it in the order in which the parts need each other. @throws AccessError `bad-config` */
export function openRelayState(first: LoadedConfig, options: RelayStateOptions): Promise<RelayState> {
  const { config, audit, didAsk, log, isSingle, news } = options;
  const { data: dataDir } = first.config.relay;
  const { onRevoked, onBlind } = news;
  return orCloseAll(async (didOpen) => {
    let shared: SharedState | null = null;
    const stored = await storedStateOf(first, log, {
      onRevoked,
      onBlind,
      onTold: () => shared?.tellNews(),
      didAsk: (tookMs, isAnswered) => didAsk('postgres', tookMs, isAnswered),
    });
    didOpen(() => stored?.close());
    shared = await sharedStateOf(
      first,
      () => config().shared_state,
      log,
      { onRevoked, onBlind, didAsk: (tookMs, isAnswered) => didAsk('redis', tookMs, isAnswered) },
      stored,
    );
    didOpen(() => shared?.close());
    const places = { dataDir, stored, shared };
    let endGrants = (): void => undefined;
    const onLocks = (): void => {
      news.onLocks();
      endGrants();
    };
    const locks = await locksOfRelay(places, {
      audit,
      log,
      onChange: onLocks,
      isSpared: sparedLocks(config, log),
      writesActs: isSingle,
    });
    didOpen(() => locks.close());
    const sessions = await sessionsOfRelay(places, news.sessions, log);
    didOpen(() => sessions.close());
    const hasAccounts = first.config.break_glass !== undefined;
    const emergencies = hasAccounts ? await emergenciesOfRelay(places, news.onEmergencyElsewhere, log) : null;
    didOpen(() => emergencies?.close());
    // Workers tell each other by the file, as the command line does.
    shared?.followRevocationFile(dataDir);
    const signals = signalsOfRelay(first, stored, { audit, log, polls: isSingle });
    didOpen(() => signals.close());
    const notify = notifyOfRelay(first, stored, log, { sends: isSingle });
    didOpen(() => notify.close());
    const telling = notify.telling(audit);
    const acts = isSingle ? actsOf(stored, { dataDir, audit: telling, log }) : null;
    didOpen(() => acts?.close());
    const revocations =
      shared?.identity.revocations ?? stored?.revocations ?? storeRevocations({ dataDir, log, onRevoked });
    didOpen(() => revocations.close?.());
    const grants = await grantsOfRelay(places, {
      config,
      audit: telling,
      log,
      onChange: news.onGrants,
      onRequests: news.onRequests,
      writesEvents: isSingle,
    });
    const ending = keepEndingLockedGrants(grants, locks, log);
    endGrants = () => ending.now();
    return {
      stored,
      shared,
      locks,
      sessions,
      emergencies,
      grants,
      revocations,
      signals,
      notify,
      telling,
      replace(next) {
        notify.replace(notifySettingsOf(next));
        signals.replace(transmittersOf(next));
      },
      async untilCaughtUp() {
        await Promise.all([shared?.untilCaughtUp(locks.caughtUp), stored?.untilCaughtUp()]);
      },
      async close() {
        await signals.close();
        await notify.close();
        emergencies?.close();
        await sessions.close();
        ending.close();
        locks.close();
        grants.close();
        acts?.close();
        revocations.close?.();
        shared?.close();
        await stored?.close();
      },
    };
  });
}
