import type { Logger } from 'pino';
import type { Catalog } from '../../shared/catalog.ts';
import type { Emergency } from '../../shared/emergency.ts';
import { version } from '../../shared/version.ts';
import { countSpared } from '../administration/spared-locks.ts';
import { recordEvent } from '../audit/record-event.ts';
import { toldAudit } from '../audit/told-audit.ts';
import { emergencySignInOf, isTold } from '../break-glass/tell-owners.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { keepWhetherSealed } from '../config/keep-whether-sealed.ts';
import { needsRestart } from '../config/needs-restart.ts';
import { debugRequests } from '../debugging/debug-requests.ts';
import { mayDecide } from '../grants/access-rules.ts';
import { createStreamServer } from '../http/streams/create-stream-server.ts';
import { refuseMalformed } from '../http/streams/refuse-malformed.ts';
import { serveHttp2 } from '../http/streams/serve-http2.ts';
import type { AuthenticatorOptions } from '../identity/create-authenticator.ts';
import type { Identity, ProviderLogout } from '../identity/identity.ts';
import { isSamePerson } from '../identity/person-key.ts';
import { createRelayMetrics } from '../metrics/relay-metrics.ts';
import type { ActiveGrant } from '../policy/decision.ts';
import { withQuotas } from '../quota/catalog-quotas.ts';
import { createLimiter } from '../quota/create-limiter.ts';
import { quotasOf } from '../quota/quotas-of.ts';
import { createPipeline } from '../request/pipeline.ts';
import { Overload } from '../tunnel/overload.ts';
import { TunnelEndpoint } from '../tunnel/tunnel-endpoint.ts';
import { createIdentitySigner } from '../upstream/identity-jwt.ts';
import { createTtlReader } from '../upstream/name-ttl.ts';
import { UpstreamPools } from '../upstream/upstream-pools.ts';
import { drainedWords } from '../vitals/drained-words.ts';
import { watchLoopDelay } from '../vitals/loop-delay.ts';
import { watchedByAll } from '../watch/request-watch.ts';
import { policyInForce, upstreamConfigs } from './config-of-parts.ts';
import { openKeptAudit } from './kept-audit.ts';
import { listeningUrl } from './listening-url.ts';
import { tracesOf } from './optional-parts.ts';
import { orCloseAll } from './or-close-all.ts';
import { createPublicDoor } from './public-door.ts';
import { putInForce } from '../config/put-in-force.ts';
import { openRelaySignIn } from './relay-sign-in.ts';
import { openRelayState } from './relay-state.ts';
import type { Relay } from './relay.ts';
import { startSingleParts } from './single-parts.ts';
import type { WorkerParts } from './worker-parts.ts';

/** What may be given from outside: a clock for sign-ins and providers' keys, and what a worker process shares. */
export interface StartOptions extends Pick<AuthenticatorOptions, 'now' | 'schedule'> {
  readonly worker?: WorkerParts;
}

/** Starts all parts of a relay in the order in which they need each other. */
export function startRelay(first: LoadedConfig, log: Logger, options: StartOptions = {}): Promise<Relay> {
  return orCloseAll((didOpen) => startParts(first, log, options, didOpen));
}

async function startParts(
  first: LoadedConfig,
  log: Logger,
  options: StartOptions,
  didOpen: (close: () => unknown) => void,
): Promise<Relay> {
  const { worker, ...clock } = options;
  let loaded = first;
  const workers = worker?.workers ?? 1;
  let inForce = policyInForce(first, workers);
  const startedAtMs = Date.now();
  let draining = false;
  let isEmptied = false;
  /** Whether the relay’s other workers take the place of this one. */
  let isReplaced = false;
  /** The tunnels, once the relay listens: before that, there is nobody to tell of anything. */
  let open: TunnelEndpoint | null = null;
  const { relay } = first.config;

  const metrics = createRelayMetrics(first, version);
  const loopDelay = watchLoopDelay();
  const kept = worker === undefined ? await openKeptAudit(first, log) : null;
  const written = worker?.audit ?? kept?.written;
  if (written === undefined) throw new Error('A relay has an audit of its own, or that of its primary process.');
  const closeAudit = (): Promise<void> => (kept ?? written).close();
  didOpen(closeAudit);
  const { audit, news: records } = toldAudit(metrics.counted(written));
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
  const tellOwners = (emergency: Emergency): void =>
    open?.didHearEmergency(emergency, (identity) => isTold(loaded.config, identity));
  const tellEmergency = (emergency: Emergency): void => {
    tellOwners(emergency);
    state.emergencies?.didHappen(emergency);
  };
  const state = await openRelayState(first, {
    config: () => loaded.config,
    audit,
    didAsk: metrics.didAsk,
    log,
    isSingle: worker === undefined,
    news: {
      onRevoked: () => open?.endRevoked(),
      onBlind() {
        // Sign-ins of the relay’s own accounts are for just that.
        const isSpared = ({ issuer }: Identity): boolean => issuer === signIn.breakGlass?.issuer;
        open?.endAll('What the relays share can’t be reached.', isSpared);
      },
      onLocks: () => open?.locksChanged(),
      onGrants: () => open?.policyChanged(),
      onRequests: (changed) =>
        open?.requestsChanged((identity) =>
          changed.some(
            (request) => isSamePerson(request.requester, identity) || mayDecide(loaded.config, identity, request),
          ),
        ),
      sessions: {
        onOpenedElsewhere: (person, session) => open?.didOpenSession(person, session),
        onOpened(session) {
          const emergency = emergencySignInOf(breakGlassIssuerOf(loaded.config), session);
          if (emergency !== null) tellOwners(emergency);
        },
      },
      onEmergencyElsewhere: tellOwners,
    },
  });
  didOpen(() => state.close());
  const { locks, sessions, revocations } = state;
  const publicKeys = state.shared?.sharePublicKeys(() => signer.jwks().keys) ?? null;
  const didLogOut = (logout: ProviderLogout): void => {
    tunnels.endByProvider(logout);
    sessions
      .didLogOut(logout)
      .catch((error: unknown) => log.warn({ err: error }, 'sessions that ended are listed as open'));
  };
  const signIn = await openRelaySignIn(first, {
    ...clock,
    config: () => loaded.config,
    disclose: () => inForce.disclose,
    state,
    audit,
    metrics: metrics.signIns,
    log,
    worker,
    onLogout: didLogOut,
    onEmergency(emergency) {
      tellEmergency(emergency);
    },
  });
  didOpen(() => signIn.close());
  const { authenticator } = signIn;
  const grantsOf = (identity: Identity): readonly ActiveGrant[] => state.grants.of(identity);
  const limiter = await createLimiter(first.config, log, worker?.counters);
  didOpen(() => limiter.close());
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
  const door = createPublicDoor(first, {
    loaded: () => loaded,
    inForce: () => inForce,
    state,
    signIn,
    tunnels,
    audit,
    log,
    worker,
    grantsOf,
    withQuotas: addQuotas,
    jwks: () => (publicKeys === null ? signer.jwks() : { keys: publicKeys.all() }),
    draining: () => draining,
    isLeaving: () => isReplaced,
    onLogout: didLogOut,
  });

  await state.untilCaughtUp();
  let url = '';
  if (worker === undefined) {
    url = listeningUrl(first, await door.listen(relay.listen.port, relay.listen.host));
  } else {
    // The primary process listens.
    door.begin();
  }
  didOpen(() => {
    door.close();
    door.closeAllConnections();
  });
  open = tunnels;
  metrics.open(() => ({
    tunnels: tunnels.tunnels,
    streams: tunnels.streams,
    requests: overload.requests.used,
    bufferedBytes: overload.bytes.used,
    isOverloaded: overload.isOverloaded,
  }));
  metrics.sparedLocks(() => countSpared(locks.all, loaded.config));
  metrics.signIns.providers(() => authenticator.providers());
  if (worker === undefined) metrics.draining(() => [['relay', isEmptied]]);
  const started = `version ${version}, policy ${inForce.policy.revision}`;
  const single =
    worker === undefined
      ? await startSingleParts(first, { ...state, audit, metrics, log, loaded: () => loaded, started })
      : null;

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
      didHearEmergency(emergency) {
        state.emergencies?.isKnown(emergency);
        tellOwners(emergency);
      },
      takeConnection: (socket) => door.take(socket),
    },
    reload(asked) {
      const restart = worker === undefined ? needsRestart(loaded, asked) : [];
      const next = keepWhetherSealed(loaded, asked);
      const [policyBefore, policy] = [inForce, policyInForce(next, workers)];
      const before = loaded;
      const parts: readonly ((config: LoadedConfig) => void)[] = [
        (config) => (loaded = config),
        (config) => signIn.replace(config),
        (config) => upstreams.replace(upstreamConfigs(config)),
        (config) => door.replace(config),
        (config) => limiter.replace(config.config),
        (config) => state.replace(config),
        (config) => (inForce = config === before ? policyBefore : policy),
        (config) => single?.replace(config),
        // Before the tunnels look: a grant that is no longer offered ends with the config that offered it.
        () => state.grants.configChanged(),
        () => tunnels.policyChanged(),
      ];
      putInForce(parts, { before, next, log });
      if (restart.length > 0) log.warn({ keys: restart }, 'these changes take effect with the next start');
      metrics.reloaded(next);
      kept?.followKey(next);
      single?.didReload(next, inForce.policy.revision);
    },
    async replaceAuditKey(...asked) {
      if (kept === null) throw new Error('a worker has no key of the audit');
      return kept.written.replaceKey(...asked);
    },
    tellEmergency,
    debug: (targets) => debugging.replace(targets),
    refused: (reason, source) => single?.refused(reason, source),
    async drain(timeoutMs) {
      draining = true;
      door.close();
      await tunnels.drain(timeoutMs);
    },
    sendAway(timeoutMs, isAlone = false) {
      draining = !isAlone;
      isEmptied = !isAlone;
      isReplaced = isAlone;
      void tunnels.drain(timeoutMs, `This ${isAlone ? 'process' : 'relay'} is being emptied. Others take its place.`);
    },
    takeBack() {
      draining = false;
      isEmptied = false;
      isReplaced = false;
      tunnels.undrain();
    },
    async close() {
      await single?.endRecords();
      tunnels.close();
      overload.close();
      door.close();
      door.closeAllConnections();
      signIn.close();
      await state.close();
      if (worker === undefined) recordEvent(audit, log, 'stopped', '');
      streams.close();
      await traces?.close();
      await upstreams.close();
      await limiter.close();
      signer.close();
      await closeAudit();
      await single?.close();
      metrics.close();
      loopDelay.close();
    },
  };
}
