import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import { findAccessRequest } from '../administration/access-requests.ts';
import { sparedAddresses } from '../administration/lock-target.ts';
import { type Anomalies, startAnomalies } from '../anomalies/start-anomalies.ts';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import { letGroupRead } from '../audit/audit-readers.ts';
import { type ConfigRecorder, configRecorder } from '../revisions/record-config.ts';
import { shareRevisions } from '../revisions/share-revisions.ts';
import { sharedPlaceOf } from './shared-place.ts';
import type { Emergency } from '../../shared/emergency.ts';
import type { BreakGlass, BreakGlassOptions } from '../break-glass/break-glass.ts';
import { type EmergencyNews, shareEmergencies } from '../break-glass/emergency-news.ts';
import { consoleOriginOf } from '../config/console-origin.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { type Grants, type GrantsOptions, startGrants } from '../grants/grants.ts';
import type { StartThread } from '../programs/start-thread.ts';
import { openNoticeOutbox } from '../notify/notice-outbox.ts';
import { openPostgresNotices } from '../notify/postgres-notices.ts';
import { type Notify, startNotify } from '../notify/start-notify.ts';
import { recordRefusalOf } from '../identity/authenticate-caller.ts';
import type { Fetch } from '../identity/fetch-json.ts';
import { openPostgresSignals } from '../signals/postgres-signals.ts';
import { openSignalStore } from '../signals/signal-store.ts';
import { type Signals, startSignals } from '../signals/receive/start-signals.ts';
import { lockFindings } from './lock-findings.ts';
import { notifySettingsOf, retentionOf, transmittersOf } from './config-of-parts.ts';
import type { SamlBridge, SamlBridgeOptions } from '../saml/saml-bridge.ts';
import type { OpenedNews } from '../sessions/opened-news.ts';
import { type Locks, type LocksOptions, startLocks } from '../sessions/start-locks.ts';
import { type SessionTracker, trackSessions } from '../sessions/track-sessions.ts';
import type { SharedState, SharedStateHandlers } from './open-shared-state.ts';
import type { StoredState, StoredStateHandlers } from './open-storage.ts';
import type { Traces, TracesOptions } from '../traces/start-traces.ts';
import { tracesAsked } from '../traces/trace-settings.ts';
import { recordActs } from './record-acts.ts';
import { type SecretNow, sharedSeal } from '../shared-state/shared-secret.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';

// Parts that, or a kind of which, only some configs ask for; the code is loaded only then.

/** What relays keep together in PostgreSQL, when the config names one; null when it is in the data folder. */
export async function storedStateOf(
  { config, storage }: LoadedConfig,
  log: Logger,
  handlers: StoredStateHandlers,
): Promise<StoredState | null> {
  if (storage === undefined) return null;
  const { openStoredState } = await import('./open-storage.ts');
  return openStoredState(storage, config.shared_state.grace_seconds, handlers, log);
}

/** What this relay shares with others, when its config names a Redis; null when it has none. */
export async function sharedStateOf(
  { config }: LoadedConfig,
  secret: SecretNow,
  log: Logger,
  handlers: SharedStateHandlers,
  stored: StoredState | null,
): Promise<SharedState | null> {
  const settings = redisSettings(config);
  if (settings === undefined) return null;
  const { openSharedState } = await import('./open-shared-state.ts');
  return openSharedState(settings, { ...config.shared_state, secretNow: secret }, handlers, log, stored);
}

/** What lets auditors read the audit of this relay, when the config names their group. */
export function auditReadersOf({ config }: LoadedConfig, log: Logger): { close(): void } | null {
  const { reader_group: group } = config.audit;
  return group === undefined ? null : letGroupRead({ dataDir: config.relay.data, group, log });
}

/** Follows the rules, and the proxies that no finding locks, of each config. */
export interface AnomaliesOfRelay extends Pick<Anomalies, 'close'> {
  replace(config: Pick<LoadedConfig['config'], 'relay' | 'anomalies'>): void;
}

/** What looks for what is out of the ordinary in the audit of this relay. */
export function anomaliesOf(
  loaded: LoadedConfig,
  audit: AuditLog,
  log: Logger,
  start: StartThread | undefined,
): AnomaliesOfRelay {
  const { config } = loaded;
  const shared = sharedPlaceOf(loaded);
  const place = { dataDir: config.relay.data, redis: redisSettings(config), storage: loaded.storage };
  let { relay } = config;
  const locks = lockFindings(place, log, () => sparedAddresses(relay));
  const anomalies = startAnomalies({
    dataDir: config.relay.data,
    settings: config.anomalies,
    refusedDays: config.audit.keep_refused_days,
    audit,
    log,
    shared,
    onFinding: (finding, settings) => locks.lock(finding, settings),
    ...(start === undefined ? {} : { start }),
  });
  return {
    replace(next) {
      ({ relay } = next);
      anomalies.replace(next.anomalies);
    },
    async close() {
      locks.close();
      await anomalies.close();
    },
  };
}

/** What records configs: in the audit, the data folder and, where relays share one, their PostgreSQL. */
export async function configsOf(
  loaded: LoadedConfig,
  stored: Pick<StoredState, 'connection'> | null,
  audit: AuditLog,
  log: Logger,
): Promise<{ readonly record: ConfigRecorder; close(): void }> {
  const dataDir = loaded.config.relay.data;
  const place = sharedPlaceOf(loaded);
  if (place === null || stored === null)
    return { record: configRecorder({ dataDir, audit, log }), close: () => undefined };
  const { postgresRevisions } = await import('../revisions/postgres-revisions.ts');
  const sharing = shareRevisions({ dataDir, shared: postgresRevisions(stored.connection, place.relay), log });
  return {
    record: configRecorder({ dataDir, audit, log, onKept: () => sharing.now() }),
    close: () => sharing.close(),
  };
}

/** What keeps the audit of all relays in order, when the config names a storage; null otherwise. */
export async function sharedAuditOf(
  loaded: LoadedConfig,
  log: Logger,
  start: StartThread | undefined,
): Promise<{ close(): Promise<void> } | null> {
  const place = sharedPlaceOf(loaded);
  if (place === null) return null;
  const { keepSharedAudit } = await import('../audit/shared/keep-shared.ts');
  const { postgres: storage, relay } = place;
  return keepSharedAudit(
    { storage, relay, keepDays: loaded.config.audit.keep_days },
    log,
    start === undefined ? {} : { start },
  );
}

/** What shares the keys of this relay’s audit with others, when the config names a storage and something is sealed; else null. */
export async function sharedKeysOf(loaded: LoadedConfig, log: Logger): Promise<{ close(): Promise<void> } | null> {
  const place = sharedPlaceOf(loaded);
  if (place === null) return null;
  const { shareKeys } = await import('../erasure/share-keys.ts');
  const { postgres: storage, relay } = place;
  return shareKeys({ dataDir: loaded.config.relay.data, storage, relay, sealing: retentionOf(loaded).sealing }, log);
}

/** Where a relay keeps what outlasts it: in the storage, else with others in Redis, else in its data folder. */
export interface StatePlaces {
  readonly dataDir: string;
  readonly stored: StoredState | null;
  readonly shared: Pick<SharedState, 'redis'> | null;
}

/** Grants of this relay, or those that it shares with others. */
export async function grantsOfRelay({ dataDir, stored, shared }: StatePlaces, options: GrantsOptions): Promise<Grants> {
  if (stored !== null) return stored.startGrants(options);
  if (shared === null) return startGrants({ ...options, dataDir });
  const { startSharedGrants } = await import('../grants/shared-grants.ts');
  return startSharedGrants({ ...options, dataDir, redis: shared.redis });
}

/** Locks of this relay, or those that it shares with others. */
export async function locksOfRelay(
  { dataDir, stored, shared }: StatePlaces,
  options: Omit<LocksOptions, 'dataDir' | 'share'>,
): Promise<Locks> {
  if (stored !== null) return stored.startLocks(options);
  if (shared === null) return startLocks({ ...options, dataDir });
  const { shareLocks } = await import('../sessions/redis-locks.ts');
  const { redis } = shared;
  const share: LocksOptions['share'] = (store, onExchanged) =>
    shareLocks({ redis, store, log: options.log, onExchanged });
  return startLocks({ ...options, dataDir, share });
}

/** Sessions of this relay, or those that it shares with others. */
export async function sessionsOfRelay(
  { dataDir, stored, shared }: StatePlaces,
  news: OpenedNews,
  log: Logger,
): Promise<SessionTracker> {
  if (stored !== null) return stored.trackSessions(news);
  if (shared === null) return trackSessions({ dataDir, log });
  const [{ openRedisSessionStore }, { followRedisSessions }] = await Promise.all([
    import('../sessions/redis-session-store.ts'),
    import('../sessions/follow-redis-sessions.ts'),
  ]);
  const { redis } = shared;
  return trackSessions({
    dataDir,
    log,
    shared: openRedisSessionStore(redis),
    followOpened: followRedisSessions(redis, log),
    news,
  });
}

/** What tells other relays of emergency sign-ins and hears of theirs; null for a relay that stands alone. */
export async function emergenciesOfRelay(
  { stored, shared }: Omit<StatePlaces, 'dataDir'>,
  onElsewhere: (emergency: Emergency) => void,
  log: Logger,
): Promise<EmergencyNews | null> {
  if (stored !== null) return shareEmergencies({ way: stored.emergencies(), onElsewhere, log });
  if (shared === null) return null;
  const { emergenciesInRedis } = await import('../break-glass/emergencies-in-redis.ts');
  return shareEmergencies({ way: emergenciesInRedis(shared.redis, log), onElsewhere, log });
}

/** What receives events of providers; of several processes, the primary one fetches them. */
export function signalsOfRelay(
  loaded: LoadedConfig,
  stored: Pick<StoredState, 'connection'> | null,
  { audit, log, polls }: { readonly audit: AuditLog; readonly log: Logger; readonly polls: boolean },
): Signals {
  const { data: dataDir } = loaded.config.relay;
  return startSignals({
    transmitters: transmittersOf(loaded),
    place: { dataDir, redis: redisSettings(loaded.config), storage: loaded.storage },
    openStore: () => (stored === null ? openSignalStore(dataDir) : openPostgresSignals(stored.connection)),
    audit,
    log,
    maxBytes: loaded.config.limits.max_token_bytes,
    polls,
  });
}

/** What tells people of requests for access; a worker only keeps what the primary process sends. */
export function notifyOfRelay(
  loaded: LoadedConfig,
  stored: Pick<StoredState, 'connection'> | null,
  log: Logger,
  { sends }: { readonly sends: boolean },
): Notify {
  const { data: dataDir } = loaded.config.relay;
  const place = { dataDir, redis: redisSettings(loaded.config), storage: loaded.storage };
  const owner = hash('sha256', `${hostname()} ${dataDir}`, 'base64url');
  return startNotify({
    openOutbox: () => (stored === null ? openNoticeOutbox(dataDir) : openPostgresNotices(stored.connection, owner)),
    settings: notifySettingsOf(loaded),
    find: (id) => findAccessRequest(place, id),
    log,
    sends,
  });
}

/** Puts what administrators did into the audit of this relay, from the storage or from its data folder. */
export function actsOf(stored: StoredState | null, options: Parameters<typeof recordActs>[0]): { close(): void } {
  return stored === null ? recordActs(options) : stored.writeActs(options.audit, options.dataDir);
}

/** Sign-in by accounts of the relay’s own, when the config has any. */
export interface BreakGlassOfRelay {
  readonly issuer: string;
  readonly handle: BreakGlass['handle'];
  /** Knows its keys without leaving the process. */
  fetchWith(other: Fetch | undefined): Fetch;
  close(): void;
}

export async function breakGlassOf(
  { config: first }: LoadedConfig,
  options: Omit<BreakGlassOptions, 'keys'> & {
    readonly now: () => number;
    readonly keeps: Pick<StoredState, 'connection'> | 'nothing' | null;
  },
): Promise<BreakGlassOfRelay | null> {
  if (first.break_glass === undefined) return null;
  const [{ openBreakGlass }, { openBreakGlassKeys }, { withLocalMetadata }, { keepAccounts }] = await Promise.all([
    import('../break-glass/break-glass.ts'),
    import('../break-glass/signing-keys.ts'),
    import('../break-glass/local-metadata.ts'),
    import('../break-glass/keep-accounts.ts'),
  ]);
  const issuer = breakGlassIssuerOf(first);
  const secret: SecretNow = () => options.config().shared_state;
  const keys = openBreakGlassKeys(first, secret);
  const { now, audit, log } = options;
  const pages = openBreakGlass({ ...options, keys });
  const { keeps } = options;
  const storage = keeps === 'nothing' ? null : (keeps?.connection ?? null);
  const keeping = keeps === 'nothing' ? null : keepAccounts({ config: first, secret, audit, log, storage });
  return {
    issuer,
    handle: (request, response) => pages.handle(request, response),
    fetchWith: (other) => withLocalMetadata(issuer, keys, now, other),
    close() {
      keeping?.close();
      pages.close();
    },
  };
}

/** What of the accounts of the relay’s own is known without asking anybody, where an authenticator stands beside the relay. */
export async function breakGlassFetchOf({ config }: LoadedConfig, secret: SecretNow): Promise<Fetch | undefined> {
  if (config.break_glass === undefined) return undefined;
  const { openBreakGlassKeys } = await import('../break-glass/signing-keys.ts');
  const { withLocalMetadata } = await import('../break-glass/local-metadata.ts');
  return withLocalMetadata(breakGlassIssuerOf(config), openBreakGlassKeys(config, secret), Date.now);
}

/** The bridge to a SAML provider, when the config has one; its refusals go into the audit. */
export async function samlBridgeOf(
  { config, saml }: LoadedConfig,
  secret: SecretNow,
  shared: SharedState | null,
  audit: AuditLog,
  log: Logger,
  followsKeys: boolean,
  { onLogout, onNewKeys }: Required<Pick<SamlBridgeOptions, 'onLogout' | 'onNewKeys'>>,
): Promise<SamlBridge | null> {
  if (saml === undefined) return null;
  // Only relays that need the bridge load it.
  const { openSamlBridge } = await import('../saml/saml-bridge.ts');
  const seal = sharedSeal(secret, 'saml bridge');
  return openSamlBridge({
    relayUrl: config.relay.url,
    dataDir: config.relay.data,
    ...(shared === null || seal === undefined ? {} : { shared: { redis: shared.redis, seal } }),
    settings: saml,
    consoleOrigin: consoleOriginOf(config.admin),
    log,
    followsKeys,
    onLogout,
    onNewKeys,
    onRefused: (refused, remoteAddress) =>
      void recordRefusalOf(audit, remoteAddress, null, refused, 'saml').then((error) => {
        if (error !== null) log.error({ err: error }, 'a refused SAML sign-in could not be recorded');
      }),
  });
}

/** Traces of requests, when the environment asks for them (`OTEL_*`). */
export async function tracesOf(options: Omit<TracesOptions, 'settings'>): Promise<Traces | null> {
  const { settings, warnings } = tracesAsked(process.env);
  for (const warning of warnings) options.log.warn(warning);
  if (settings === null) return null;
  const { startTraces } = await import('../traces/start-traces.ts');
  return startTraces({ ...options, settings });
}
