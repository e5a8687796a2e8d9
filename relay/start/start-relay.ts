import type { Logger } from 'pino';
import type { Catalog } from '../../shared/catalog.ts';
import { version } from '../../shared/version.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { KeyHolder } from '../audit/create-audit-log.ts';
import { followWithIndex } from '../audit/reading/follow-with-index.ts';
import { recordEvent } from '../audit/record-event.ts';
import { toldAudit } from '../audit/told-audit.ts';
import {
  issuersOf,
  notifySettingsOf,
  policyInForce,
  sinksOf,
  transmittersOf,
  upstreamConfigs,
} from './config-of-parts.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { consoleOriginOf } from '../config/console-origin.ts';
import { needsRestart } from '../config/needs-restart.ts';
import { createSessionRoutes } from '../http/public/session-routes.ts';
import { createAccessRoutes } from '../http/public/access-routes.ts';
import { answerUpgradeFailure } from '../http/answer-failure.ts';
import { createPublicRoutes } from '../http/public/public-routes.ts';
import { trustedProxiesOf } from '../http/caller-address.ts';
import { createPublicServer } from '../http/public/create-public-server.ts';
import { createStreamServer } from '../http/streams/create-stream-server.ts';
import { refuseMalformed } from '../http/streams/refuse-malformed.ts';
import { serveHttp2 } from '../http/streams/serve-http2.ts';
import { type AuthenticatorOptions, createAuthenticator } from '../identity/create-authenticator.ts';
import type { Identity, ProviderLogout } from '../identity/identity.ts';
import { isSamePerson } from '../identity/person-key.ts';
import { mayDecide } from '../grants/access-rules.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { keepProviderKeys } from '../identity/kept-provider-keys.ts';
import { storeRevocations } from '../identity/store-revocations.ts';
import { followAuditKey } from './follow-audit-key.ts';
import { openAuditLog } from './open-audit-log.ts';
import { listeningUrl } from './listening-url.ts';
import type { SharedState } from './open-shared-state.ts';
import type { DidAsk } from '../shared-state/redis-connection.ts';
import {
  actsOf,
  anomaliesOf,
  auditReadersOf,
  breakGlassOf,
  configsOf,
  grantsOfRelay,
  locksOfRelay,
  notifyOfRelay,
  signalsOfRelay,
  samlBridgeOf,
  sessionsOfRelay,
  sharedAuditOf,
  sharedKeysOf,
  sharedStateOf,
  storedStateOf,
  tracesOf,
} from './optional-parts.ts';
import { createPipeline } from '../request/pipeline.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import { emergencySignInOf, isTold } from '../break-glass/tell-owners.ts';
import type { EmergencySignIn } from '../../shared/emergency-sign-in.ts';
import type { OpenedNews } from '../sessions/opened-news.ts';
import type { ActiveGrant, PolicyContext } from '../policy/decision.ts';
import type { Relay } from './relay.ts';
import { sinksNow } from './sinks-now.ts';
import { Overload } from '../tunnel/overload.ts';
import { TunnelEndpoint } from '../tunnel/tunnel-endpoint.ts';
import { quotasOf } from '../quota/quotas-of.ts';
import { withQuotas } from '../quota/catalog-quotas.ts';
import { keepEndingLockedGrants } from '../sessions/end-locked-grants.ts';
import { locksOfCaller, showLocks } from '../sessions/show-locks.ts';
import { countedAuthenticator } from './counted-authenticator.ts';
import { requireOpenSession } from '../sessions/require-open-session.ts';
import { createLimiter } from '../quota/create-limiter.ts';
import { startSinks } from '../sinks/start-sinks.ts';
import { createIdentitySigner } from '../upstream/identity-jwt.ts';
import { createTtlReader } from '../upstream/name-ttl.ts';
import { UpstreamPools } from '../upstream/upstream-pools.ts';
import { debugRequests } from '../debugging/debug-requests.ts';
import { watchedByAll } from '../watch/request-watch.ts';
import { createRelayMetrics } from '../metrics/relay-metrics.ts';
import { drainedWords } from '../vitals/drained-words.ts';
import { watchLoopDelay } from '../vitals/loop-delay.ts';
import type { WorkerParts } from './worker-parts.ts';

/** What may be given from outside: a clock for sign-ins and providers' keys, and what a worker process shares. */
export interface StartOptions extends Pick<AuthenticatorOptions, 'now' | 'schedule'> {
  readonly worker?: WorkerParts;
}

/** Starts all parts of a relay in the order in which they need each other. */
export async function startRelay(first: LoadedConfig, log: Logger, options: StartOptions = {}): Promise<Relay> {
  const { worker, ...clock } = options;
  let loaded = first;
  const workers = worker?.workers ?? 1;
  let inForce = policyInForce(first, workers);
  const startedAtMs = Date.now();
  let draining = false;
  let isEmptied = false;
  let isListening = false;
  const { relay } = first.config;

  const readers = worker === undefined ? auditReadersOf(first, log) : null;
  const metrics = createRelayMetrics(first, version);
  const loopDelay = watchLoopDelay();
  const written: AuditLog & Partial<KeyHolder> = worker?.audit ?? (await openAuditLog(first, log));
  const { replaceKey } = written;
  const followKey = replaceKey === undefined ? null : followAuditKey({ replaceKey }, first, log);
  const { audit, news: records } = toldAudit(metrics.counted(written));
  const auditIndex = worker === undefined ? followWithIndex(relay.data, log) : null;
  const follows = worker !== undefined;
  const signer = createIdentitySigner({ dataDir: relay.data, relayUrl: relay.url, relayName: relay.name, follows });
  const upstreams = new UpstreamPools(
    upstreamConfigs(first),
    {
      ttlOf: createTtlReader(),
      onEvent: ({ event, ...name }) =>
        event === 'failing'
          ? log.warn(name, 'the name of an upstream can’t be looked up')
          : log.info(
              name,
              event === 'changed' ? 'an upstream has other addresses' : 'the name of an upstream is found again',
            ),
    },
    (err) => log.warn({ err }, 'malformed answers of HTTP/2 APIs can’t be noticed'),
  );
  const onRevoked = (): void => {
    if (isListening) tunnels.endRevoked();
  };
  const onBlind = (): void => {
    // Sign-ins of the relay’s own accounts are for just that.
    const isSpared = ({ issuer }: Identity): boolean => issuer === breakGlass?.issuer;
    if (isListening) tunnels.endAll('What the relays share can’t be reached.', isSpared);
  };
  let shared: SharedState | null = null;
  const stored = await storedStateOf(first, log, {
    onRevoked,
    onBlind,
    onTold: () => shared?.tellNews(),
    didAsk: (tookMs, isAnswered) => metrics.didAsk('postgres', tookMs, isAnswered),
  }).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    await auditIndex?.close();
    await audit.close();
    throw error;
  });
  const didAskRedis: DidAsk = (tookMs, isAnswered) => metrics.didAsk('redis', tookMs, isAnswered);
  shared = await sharedStateOf(first, log, { onRevoked, onBlind, didAsk: didAskRedis }, stored);
  const configs = worker === undefined ? await configsOf(first, stored, audit, log) : null;
  const places = { dataDir: relay.data, stored, shared };
  const locks = await locksOfRelay(places, {
    audit,
    log,
    onChange: () => isListening && locksChanged(),
    writesActs: worker === undefined,
  }).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    shared?.close();
    await stored?.close();
    await audit.close();
    throw error;
  });
  const tellOwners = (signIn: EmergencySignIn): void => {
    if (isListening) tunnels.didSignInByEmergency(signIn, (identity) => isTold(loaded.config, identity));
  };
  const openedNews: OpenedNews = {
    onOpenedElsewhere(person, session) {
      if (isListening) tunnels.didOpenSession(person, session);
    },
    onOpened(session) {
      const signIn = emergencySignInOf(breakGlassIssuerOf(loaded.config), session);
      if (signIn !== null) tellOwners(signIn);
    },
  };
  const sessions = await sessionsOfRelay(places, openedNews, log);
  const publicKeys = shared?.sharePublicKeys(() => signer.jwks().keys) ?? null;
  // Workers tell each other by the file, as the command line does.
  shared?.followRevocationFile(relay.data);
  const signals = signalsOfRelay(first, stored, { audit, log, polls: worker === undefined });
  const notify = notifyOfRelay(first, stored, log, { sends: worker === undefined });
  const telling = notify.telling(audit);
  const acts = worker === undefined ? actsOf(stored, { dataDir: relay.data, audit: telling, log }) : null;
  const revocations =
    shared?.identity.revocations ?? stored?.revocations ?? storeRevocations({ dataDir: relay.data, log, onRevoked });
  const bridge = await samlBridgeOf(first, shared, audit, log, follows, {
    onLogout(logoutToken) {
      authenticator
        .acceptLogoutToken(logoutToken)
        .then(didLogOut, (error: unknown) => log.error({ err: error }, 'a sign-out can’t be put in force'));
    },
    onNewKeys: () => bridge !== null && authenticator.keysChanged(bridge.issuer),
  }).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    shared?.close();
    await stored?.close();
    await auditIndex?.close();
    await audit.close();
    throw error;
  });
  const breakGlass = await breakGlassOf(first, {
    config: () => loaded.config,
    audit: telling,
    log,
    now: clock.now ?? Date.now,
    keeps: worker === undefined ? stored : 'nothing',
    onSignedIn(signIn) {
      tellOwners(signIn);
      worker?.tellEmergencySignIn(signIn);
    },
  }).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    bridge?.close();
    shared?.close();
    await stored?.close();
    await auditIndex?.close();
    await audit.close();
    throw error;
  });
  const providerFetch = breakGlass === null ? bridge?.fetch : breakGlass.fetchWith(bridge?.fetch);
  const createdAuthenticator = createAuthenticator({
    relayUrl: relay.url,
    issuers: issuersOf(first),
    maxTokenBytes: first.config.limits.max_token_bytes,
    log,
    keptKeys: keepProviderKeys(relay.data, log),
    ...(providerFetch === undefined ? {} : { fetch: providerFetch }),
    revocations,
    ...(shared?.identity ?? worker?.identity),
    ...(worker === undefined ? {} : { replaysHere: worker.identity.replays }),
    ...(worker === undefined ? {} : { onKeysChanged: worker.tellKeysChanged }),
    ...(clock.now === undefined ? {} : { now: clock.now }),
    ...(clock.schedule === undefined ? {} : { schedule: clock.schedule }),
  });

  const didLogOut = (logout: ProviderLogout): void => {
    tunnels.endByProvider(logout);
    sessions
      .didLogOut(logout)
      .catch((error: unknown) => log.warn({ err: error }, 'sessions that ended are listed as open'));
  };
  const authenticator = countedAuthenticator(
    requireOpenSession(createdAuthenticator, locks, () => inForce.disclose),
    metrics.signIns,
  );
  const grants = await grantsOfRelay(places, {
    config: () => loaded.config,
    audit: telling,
    log,
    onChange: () => isListening && tunnels.policyChanged(),
    onRequests: (changed) => isListening && tunnels.requestsChanged((identity) => concerns(changed, identity)),
    writesEvents: worker === undefined,
  });
  const concerns = (changed: readonly AccessRequest[], identity: Identity): boolean =>
    changed.some((request) => isSamePerson(request.requester, identity) || mayDecide(loaded.config, identity, request));
  const endGrants = keepEndingLockedGrants(grants, locks, log);
  const locksChanged = (): void => {
    tunnels.locksChanged();
    endGrants.now();
  };
  const grantsOf = (identity: Identity): readonly ActiveGrant[] => grants.of(identity);
  const askedNow = (identity: Identity): PolicyContext => ({
    timeMs: Date.now(),
    remoteAddress: '',
    device: null,
    grants: grantsOf(identity),
  });
  const limiter = await createLimiter(first.config, log, worker?.counters);
  const addQuotas = (catalog: Catalog, identity: Identity): Promise<Catalog> =>
    withQuotas(catalog, limiter, identity, Date.now());
  const overload = new Overload(inForce.limits);
  const debugging = debugRequests(log);
  const traces = await tracesOf({ version, log, isApi: metrics.isApi, didEnd: metrics.traces });
  const pipeline = createPipeline({
    inForce: () => inForce,
    overloadOf: (session) => overload.refusesRequest(session),
    audit,
    upstreams,
    identityHeader: (identity, api) => signer.headerFor(identity, api),
    limiter,
    grantsOf,
    didUse: (session, api) => sessions.didUse(session, api),
    lockOf: (session, api) => locks.of(session.lockedCaller, api),
    watcher: watchedByAll([metrics.stages, debugging.watcher, ...(traces === null ? [] : [traces.watcher])]),
    onFailed: (error, requestId) => log.error({ err: error, requestId }, 'a request failed inside the relay'),
  });
  const streams = createStreamServer(pipeline, first.config.limits, (malformed) =>
    refuseMalformed(audit, inForce, malformed),
  );
  const tunnels = new TunnelEndpoint({
    relayUrl: relay.url,
    authenticator,
    inForce: () => inForce,
    withQuotas: addQuotas,
    grantsOf,
    revokedBy: (identity) => revocations.revokedBy(identity),
    locks,
    sessions,
    audit,
    log,
    overload,
    watch: metrics.tunnels,
    onStream: (socket, protocol) => {
      if (protocol === 'http1') streams.emit('connection', socket);
      else serveHttp2(socket, pipeline, first.config.limits);
    },
    ...(worker === undefined ? {} : { peers: worker.peers }),
  });
  let trustedProxies = trustedProxiesOf(first.config);
  const server = createPublicServer({
    tls: first.tls,
    trustedProxies: () => trustedProxies,
    log,
    requestCertificate: relay.tls?.client_certificates ?? false,
    ...(worker === undefined ? {} : { ticketKeys: worker.ticketKeys }),
    maxUnauthenticated: inForce.limits.max_unauthenticated_connections,
    onRequest: createPublicRoutes({
      config: () => loaded.config,
      version,
      log,
      authenticator,
      audit,
      inForce: () => inForce,
      withQuotas: addQuotas,
      grantsOf,
      lockOf: (identity) => locks.of({ identity, device: null }, null),
      withLocks: (catalog, identity) => {
        const whole = locks.of({ identity, device: null }, null);
        return showLocks(catalog, locksOfCaller(whole, locks.all), inForce.disclose);
      },
      signalRoutes: [signals.route],
      sessionRoutes: createSessionRoutes({ sessions, locks, audit }),
      didSignOut: (identity) => sessions.didSignOut(identity),
      accessRoutes: createAccessRoutes({
        config: () => loaded.config,
        grants,
        isVisible: (identity, api) => inForce.policy.isVisible(identity, api, askedNow(identity)),
        tellsApprovers: () => inForce.disclose === 'full',
        entryFor: (identity, api) =>
          inForce.policy.catalogFor(identity, askedNow(identity)).apis.find(({ id }) => id === api),
      }),
      jwks: () => (publicKeys === null ? signer.jwks() : { keys: publicKeys.all() }),
      draining: () => draining,
      ...(worker === undefined ? {} : { otherProblems: worker.otherProblems }),
      ...(bridge === null ? {} : { samlBridge: bridge }),
      ...(breakGlass === null ? {} : { breakGlass }),
      onProviderLogout: didLogOut,
    }),
    onUpgrade: (request, socket, head, onAccepted) => {
      // The connection may have answered other requests before.
      const written = request.socket.bytesWritten;
      tunnels.upgrade(request, socket, head, onAccepted).catch((error: unknown) => {
        answerUpgradeFailure(log, request, socket, request.socket.bytesWritten > written, error);
      });
    },
  });

  await Promise.all([shared?.untilCaughtUp(locks.caughtUp), stored?.untilCaughtUp()]);
  let url = '';
  if (worker === undefined) {
    url = listeningUrl(first, await server.listen(relay.listen.port, relay.listen.host));
  } else {
    // The primary process listens.
    server.begin();
  }
  isListening = true;
  metrics.open(() => ({
    tunnels: tunnels.tunnels,
    streams: tunnels.streams,
    requests: overload.requests.used,
    bufferedBytes: overload.bytes.used,
    isOverloaded: overload.isOverloaded,
  }));
  metrics.signIns.providers(() => authenticator.providers());
  const anomalies = worker === undefined ? anomaliesOf(first, audit, log) : null;
  configs?.record('started', `version ${version}, policy ${inForce.policy.revision}`, first.source);
  // Only one process sends: of several workers, the primary one.
  const sinks = worker === undefined ? startSinks({ dataDir: relay.data, log, sinks: sinksOf(first) }) : null;
  if (worker === undefined) metrics.notices(() => notify.states);
  if (worker === undefined) metrics.signals(() => signals.states);
  if (worker === undefined) metrics.sinks(() => sinksNow({ ...loaded, storage: first.storage }));
  const sharedAudit = worker === undefined ? await sharedAuditOf(first, log) : null;
  const sharedKeys = worker === undefined ? await sharedKeysOf(first, log) : null;

  return {
    url,
    audit,
    records,
    metrics,
    ready: () => !draining && authenticator.readiness().ready,
    problems: () => [...authenticator.readiness().problems, ...(isEmptied ? [drainedWords] : [])],
    quotas: (caller) => quotasOf(limiter, loaded.config, caller, Date.now()),
    vitals: () => [
      {
        worker: worker?.number ?? null,
        pid: process.pid,
        startedAtMs,
        atMs: Date.now(),
        tunnels: tunnels.tunnels,
        streams: tunnels.streams,
        memoryBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: loopDelay.now(),
        draining,
        providers: authenticator.providers(),
        apis: metrics.apis.now(upstreams.openConnections()),
        sharedProblem: revocations.problem(),
      },
    ],
    forPeers: {
      takeOver: async (socket, { resumeToken, accessToken, remoteAddress }) =>
        tunnels.takeOver(socket, resumeToken, await authenticator.identityOf(accessToken), remoteAddress),
      endLost: (sessionId) => tunnels.endLost(sessionId),
      keysChanged: (issuer) => authenticator.keysChanged(issuer),
      didOpenSession: (person, session) => tunnels.didOpenSession(person, session),
      didSignInByEmergency: tellOwners,
      takeConnection: (socket) => server.take(socket),
    },
    reload(next) {
      const restart = worker === undefined ? needsRestart(loaded, next) : [];
      if (restart.length > 0) log.warn({ keys: restart }, 'these changes take effect with the next start');
      if (next.saml !== undefined) bridge?.reload(next.saml, consoleOriginOf(next.config.admin));
      authenticator.replaceIssuers(issuersOf(next));
      upstreams.replace(upstreamConfigs(next));
      if (next.tls !== undefined) server.replaceCertificate(next.tls);
      trustedProxies = trustedProxiesOf(next.config);
      limiter.replace(next.config);
      sinks?.replace(sinksOf({ ...next, storage: first.storage }));
      notify.replace(notifySettingsOf(next));
      signals.replace(transmittersOf(next));
      loaded = next;
      metrics.reloaded(next);
      inForce = policyInForce(next, workers);
      anomalies?.replace(next.config.anomalies);
      followKey?.(next);
      configs?.record('policy-loaded', `policy ${inForce.policy.revision}`, next.source);
      // Before the tunnels look: a grant that is no longer offered ends with the config that offered it.
      grants.configChanged();
      tunnels.policyChanged();
    },
    async replaceAuditKey(...asked) {
      if (replaceKey === undefined) throw new Error('a worker has no key of the audit');
      return replaceKey(...asked);
    },
    debug: (targets) => debugging.replace(targets),
    refused(reason, source) {
      configs?.record('policy-refused', reason.message, source);
    },
    async drain(timeoutMs) {
      draining = true;
      server.close();
      await tunnels.drain(timeoutMs);
    },
    sendAway(timeoutMs) {
      draining = true;
      isEmptied = true;
      void tunnels.drain(timeoutMs, 'This relay is being emptied. Others take its place.');
    },
    takeBack() {
      draining = false;
      isEmptied = false;
      tunnels.undrain();
    },
    async close() {
      await anomalies?.close();
      tunnels.close();
      overload.close();
      server.close();
      server.closeAllConnections();
      authenticator.close();
      bridge?.close();
      await signals.close();
      await notify.close();
      breakGlass?.close();
      await sessions.close();
      endGrants.close();
      locks.close();
      grants.close();
      acts?.close();
      revocations.close?.();
      shared?.close();
      configs?.close();
      await stored?.close();
      if (worker === undefined) recordEvent(audit, log, 'stopped', '');
      streams.close();
      await traces?.close();
      await upstreams.close();
      await limiter.close();
      signer.close();
      await auditIndex?.close();
      await audit.close();
      readers?.close();
      await sinks?.close();
      await sharedAudit?.close();
      await sharedKeys?.close();
      metrics.close();
      loopDelay.close();
    },
  };
}
