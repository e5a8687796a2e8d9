import { STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Catalog } from '../shared/catalog.ts';
import { problemDocument } from '../shared/problem-document.ts';
import { version } from '../shared/version.ts';
import { createAuditLog } from './audit/create-audit-log.ts';
import { recordEvent } from './audit/record-event.ts';
import type { AuditLog, AuditRecord } from './audit/audit-record.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { needsRestart } from './config/needs-restart.ts';
import { type Grants, type GrantsOptions, startGrants } from './grants/grants.ts';
import { createAccessRoutes } from './http/access-routes.ts';
import { createPublicRoutes } from './http/public-routes.ts';
import { createPublicServer } from './http/create-public-server.ts';
import { createStreamServer, type MalformedRequest } from './http/create-stream-server.ts';
import { rawProblem } from './http/problem-response.ts';
import { serveHttp2 } from './http/serve-http2.ts';
import {
  type AuthenticatorIssuer,
  type AuthenticatorOptions,
  createAuthenticator,
} from './identity/create-authenticator.ts';
import type { Identity } from './identity/identity.ts';
import { storeRevocations } from './identity/stored-revocations.ts';
import type { SamlBridge } from './saml/saml-bridge.ts';
import { createPipeline, type PolicyInForce } from './pipeline.ts';
import type { ActiveGrant } from './policy/decision.ts';
import { compilePolicy } from './policy/compile-policy.ts';
import type { SharedState, SharedStateHandlers } from './shared-state/open-shared-state.ts';
import { redisSettings } from './shared-state/redis-settings.ts';
import { Overload } from './tunnel/overload.ts';
import { TunnelEndpoint } from './tunnel/tunnel-endpoint.ts';
import type { TunnelPeers } from './tunnel/tunnel-peers.ts';
import { withQuotas } from './quota/catalog-quotas.ts';
import type { CounterStore } from './quota/counter-store.ts';
import { createLimiter } from './quota/create-limiter.ts';
import { createIdentitySigner } from './upstream/identity-jwt.ts';
import { type UpstreamConfig, UpstreamPools } from './upstream/upstream-pools.ts';
import { shareOfLimits } from './workers/share-of-limits.ts';

/** A relay at work. */
export interface Relay {
  /** Where it listens, for example `https://127.0.0.1:8443`; empty in a worker, which doesn't. */
  readonly url: string;
  readonly ready: () => boolean;
  /** Puts another config in force; what needs a restart (address, data folder) is logged and left. */
  reload(loaded: LoadedConfig): void;
  /** Finishes what is under way, then stops. */
  drain(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
  /** What keeps it from being ready, in words. */
  problems(): readonly string[];
  /** What the relay's other processes may ask of this one. */
  readonly forPeers: {
    /** Takes a client whose tunnel is here from another process, which has authenticated it; false when it isn't. */
    takeOver(
      socket: WebSocket,
      client: { resumeToken: string; accessToken: string; remoteAddress: string },
    ): Promise<boolean>;
    /** Ends a tunnel whose client is away; false when it is back. */
    endLost(sessionId: string): boolean;
    /** Takes a connection from the network that another process has accepted. */
    takeConnection(socket: Socket): void;
  };
}

/**
 * What a worker process of a relay has in place of its own, because it is one for all of them. Keys in the data folder,
 * ends of grants and the relay's own events in the audit are the primary process's business.
 */
export interface WorkerParts {
  readonly audit: AuditLog;
  /** Used where the config counts in memory. */
  readonly counters: CounterStore;
  /** Used where the relays share no state. */
  readonly identity: Omit<SharedState['identity'], 'revocations'>;
  readonly peers: TunnelPeers;
  /** How many workers there are, among whom limits are divided. */
  readonly workers: number;
  readonly otherProblems: () => readonly string[];
  /** 48 bytes, for TLS sessions that go on at another worker. */
  readonly ticketKeys: Buffer;
}

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
  let draining = false;
  let isListening = false;
  const { relay } = first.config;

  const audit = worker?.audit ?? (await createAuditLog({ dataDir: relay.data, log }));
  const follows = worker !== undefined;
  const signer = createIdentitySigner({ dataDir: relay.data, relayUrl: relay.url, relayName: relay.name, follows });
  const upstreams = new UpstreamPools(upstreamConfigs(first));
  const onRevoked = (): void => {
    if (isListening) tunnels.endRevoked();
  };
  const shared = await sharedStateOf(first, log, {
    onRevoked,
    onBlind: () => isListening && tunnels.endAll('What the relays share can’t be reached.'),
  });
  const publicKeys = shared?.sharePublicKeys(() => signer.jwks().keys) ?? null;
  // Workers tell each other by the file, as the command line does.
  const revocations = shared?.identity.revocations ?? storeRevocations({ dataDir: relay.data, log, onRevoked });
  const bridge = await samlBridgeOf(first, shared, audit, log, follows, (logoutToken) => {
    authenticator.acceptLogoutToken(logoutToken).then(
      (logout) => tunnels.endByProvider(logout),
      (error: unknown) => log.error({ err: error }, 'a sign-out can’t be put in force'),
    );
  }).catch(async (error: unknown) => {
    // What is open already would keep the process from ending.
    shared?.close();
    await audit.close();
    throw error;
  });
  const authenticator = createAuthenticator({
    relayUrl: relay.url,
    issuers: issuersOf(first),
    maxTokenBytes: first.config.limits.max_token_bytes,
    log,
    ...(bridge === null ? {} : { fetch: bridge.fetch }),
    revocations,
    ...(shared?.identity ?? worker?.identity),
    ...(clock.now === undefined ? {} : { now: clock.now }),
    ...(clock.schedule === undefined ? {} : { schedule: clock.schedule }),
  });

  const grants = await grantsOfRelay(relay.data, shared, {
    config: () => loaded.config,
    audit,
    log,
    onChange: () => isListening && tunnels.policyChanged(),
    writesEvents: worker === undefined,
  });
  const grantsOf = (identity: Identity): readonly ActiveGrant[] => grants.of(identity);
  const limiter = await createLimiter(first.config, log, worker?.counters);
  const addQuotas = (catalog: Catalog, identity: Identity): Promise<Catalog> =>
    withQuotas(catalog, limiter, identity, Date.now());
  const overload = new Overload(inForce.limits);
  const pipeline = createPipeline({
    inForce: () => inForce,
    overloadOf: (session) => overload.refusesRequest(session),
    audit,
    upstreams,
    identityHeader: (identity, api) => signer.headerFor(identity, api),
    limiter,
    grantsOf,
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
    audit,
    log,
    overload,
    onStream: (socket, protocol) => {
      if (protocol === 'http1') streams.emit('connection', socket);
      else serveHttp2(socket, pipeline, first.config.limits);
    },
    ...(worker === undefined ? {} : { peers: worker.peers }),
  });
  const { server, replaceCertificate } = createPublicServer({
    tls: first.tls,
    requestCertificate: relay.tls?.client_certificates ?? false,
    ...(worker === undefined ? {} : { ticketKeys: worker.ticketKeys }),
    maxUnauthenticated: inForce.limits.max_unauthenticated_connections,
    onRequest: createPublicRoutes({
      config: () => loaded.config,
      version,
      authenticator,
      audit,
      inForce: () => inForce,
      withQuotas: addQuotas,
      grantsOf,
      accessRoutes: createAccessRoutes({
        config: () => loaded.config,
        grants,
        isVisible: (identity, api) =>
          inForce.policy.isVisible(identity, api, {
            timeMs: Date.now(),
            remoteAddress: '',
            device: null,
            grants: grantsOf(identity),
          }),
      }),
      jwks: () => (publicKeys === null ? signer.jwks() : { keys: publicKeys.all() }),
      draining: () => draining,
      ...(worker === undefined ? {} : { otherProblems: worker.otherProblems }),
      ...(bridge === null ? {} : { samlBridge: bridge }),
      onProviderLogout: (logout) => tunnels.endByProvider(logout),
    }),
    onUpgrade: (request, socket, head, onAccepted) => {
      tunnels.upgrade(request, socket, head, onAccepted).catch((error: unknown) => {
        log.error({ err: error }, 'a tunnel could not be opened');
        socket.destroy();
      });
    },
  });

  await shared?.untilCaughtUp();
  let url = '';
  if (worker === undefined) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(relay.listen.port, relay.listen.host, resolve);
    });
    const { address, port, family } = server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    url = `${first.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  } else {
    // The primary process listens; Node's server begins to watch its time-outs with this event.
    server.emit('listening');
  }
  isListening = true;
  if (worker === undefined) recordEvent(audit, log, 'started', `version ${version}, policy ${inForce.policy.revision}`);

  return {
    url,
    ready: () => authenticator.readiness().ready,
    problems: () => authenticator.readiness().problems,
    forPeers: {
      takeOver: async (socket, { resumeToken, accessToken, remoteAddress }) =>
        tunnels.takeOver(socket, resumeToken, await authenticator.identityOf(accessToken), remoteAddress),
      endLost: (sessionId) => tunnels.endLost(sessionId),
      takeConnection: (socket) => void server.emit('connection', socket),
    },
    reload(next) {
      const restart = worker === undefined ? needsRestart(loaded, next) : [];
      if (restart.length > 0) log.warn({ keys: restart }, 'these changes take effect with the next start');
      if (next.saml !== undefined) bridge?.reload(next.saml);
      authenticator.replaceIssuers(issuersOf(next));
      upstreams.replace(upstreamConfigs(next));
      if (next.tls !== undefined) replaceCertificate(next.tls);
      limiter.replace(next.config);
      loaded = next;
      inForce = policyInForce(next, workers);
      if (worker === undefined) recordEvent(audit, log, 'policy-loaded', `policy ${inForce.policy.revision}`);
      // Before the tunnels look: a grant that is no longer offered ends with the config that offered it.
      grants.configChanged();
      tunnels.policyChanged();
    },
    async drain(timeoutMs) {
      draining = true;
      server.close();
      await tunnels.drain(timeoutMs);
    },
    async close() {
      tunnels.close();
      overload.close();
      server.close();
      server.closeAllConnections();
      authenticator.close();
      bridge?.close();
      grants.close();
      revocations.close?.();
      shared?.close();
      if (worker === undefined) recordEvent(audit, log, 'stopped', '');
      streams.close();
      await upstreams.close();
      await limiter.close();
      signer.close();
      await audit.close();
    },
  };
}

function policyInForce({ config }: LoadedConfig, workers: number): PolicyInForce {
  return {
    policy: compilePolicy(config),
    apis: new Map(config.apis.map((api) => [api.id, api])),
    limits: shareOfLimits(config.limits, workers),
  };
}

/** What this relay shares with others, when its counters are in Redis; null when it stands alone. */
async function sharedStateOf(
  { config }: LoadedConfig,
  log: Logger,
  handlers: SharedStateHandlers,
): Promise<SharedState | null> {
  const settings = redisSettings(config);
  if (settings === undefined) return null;
  const { openSharedState } = await import('./shared-state/open-shared-state.ts');
  return openSharedState(settings, config.counters, handlers, log);
}

/** Grants of this relay, or those that it shares with others. */
async function grantsOfRelay(dataDir: string, shared: SharedState | null, options: GrantsOptions): Promise<Grants> {
  if (shared === null) return startGrants({ ...options, dataDir });
  const { startSharedGrants } = await import('./grants/shared-grants.ts');
  return startSharedGrants({ ...options, dataDir, redis: shared.redis });
}

function issuersOf({ config, authorities, providerFiles }: LoadedConfig): AuthenticatorIssuer[] {
  return config.issuers.map((issuer) => {
    const caPem = issuer.ca === undefined ? undefined : authorities.get(issuer.ca);
    return { ...issuer, files: providerFiles, ...(caPem === undefined ? {} : { caPem }) };
  });
}

function upstreamConfigs({ config, authorities, upstreamCertificates }: LoadedConfig): UpstreamConfig[] {
  return config.apis.map((api) => ({
    id: api.id,
    upstream: api.upstream,
    protocol: api.protocol,
    rewrite: api.rewrite,
    timeout_seconds: api.timeout_seconds,
    max_body_bytes: api.max_body_bytes,
    headers: api.headers,
    caPem: api.ca === undefined ? undefined : authorities.get(api.ca),
    certificate: upstreamCertificates?.get(api.id),
  }));
}

/** The bridge to a SAML provider, when the config has one; its refusals go into the audit. */
async function samlBridgeOf(
  { config, saml }: LoadedConfig,
  shared: SharedState | null,
  audit: AuditLog,
  log: Logger,
  followsKeys: boolean,
  onLogout: (logoutToken: string) => void,
): Promise<SamlBridge | null> {
  if (saml === undefined) return null;
  // Only relays that need the bridge load it.
  const { openSamlBridge } = await import('./saml/saml-bridge.ts');
  return openSamlBridge({
    relayUrl: config.relay.url,
    dataDir: config.relay.data,
    ...(shared === null ? {} : { shared: { redis: shared.redis, secret: config.counters.secret ?? '' } }),
    settings: saml,
    log,
    followsKeys,
    onLogout,
    onRefused: ({ code, message }, remoteAddress) =>
      audit.append(
        { type: 'authentication-refused', timeMs: Date.now(), remoteAddress, code, detail: message, claimed: null },
        (error) => {
          if (error !== null) log.error({ err: error }, 'a refused SAML sign-in could not be recorded');
        },
      ),
  });
}

/** A request that could not be parsed is recorded like any other refusal, then answered and cut off. */
function refuseMalformed(
  audit: AuditLog,
  { policy }: PolicyInForce,
  { socket, status, detail, mayAnswer }: MalformedRequest,
): void {
  const codes = {
    400: 'bad-request',
    405: 'method-not-supported',
    408: 'bad-request',
    431: 'headers-too-large',
    505: 'bad-request',
  } as const;
  const record: AuditRecord = {
    type: 'decision',
    requestId: `malformed-${crypto.randomUUID()}`,
    timeMs: Date.now(),
    caller: socket.session.caller,
    api: '',
    method: '',
    path: '',
    effect: 'deny',
    rule: null,
    reason: detail,
    policyRevision: policy.revision,
  };
  audit.append(record, () => {
    const phrase = STATUS_CODES[status] ?? '';
    if (socket.writable && mayAnswer()) socket.end(rawProblem(problemDocument(codes[status], status, detail), phrase));
    else socket.destroy();
  });
}
