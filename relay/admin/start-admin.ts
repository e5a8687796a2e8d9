import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { chmodSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { RelayState } from '../vitals/relay-state.ts';
import { placeOfRelays, type RelaysPlace, takesOrders, tellRelays } from '../administration/tell-relays.ts';
import { stateOfRelay } from './state-of-relay.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { type AdminConfig, adminSchema } from '../config/admin-schema.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { forwardedCaller, rememberCaller, trustedProxiesOf } from '../http/caller-address.ts';
import { listenProblem } from '../http/listen-problem.ts';
import { createAuthenticator, type AuthenticatorOptions } from '../identity/create-authenticator.ts';
import type { MetricValues } from '../metrics/relay-metrics.ts';
import { followDay } from '../overview/day-series.ts';
import type { RecordNews } from '../audit/told-audit.ts';
import { keepProviderKeys } from '../identity/kept-provider-keys.ts';
import type { CountsPlace } from '../reports/open-counts.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { isSameSecret, type SecretNow } from '../shared-state/shared-secret.ts';
import { putInForce } from '../config/put-in-force.ts';
import { clearLeftBackup, streamBackups } from '../backup/stream-backup.ts';
import { relayIdOf } from '../audit/relay-id.ts';
import { drainsHere } from './drain-here.ts';
import { createAdminApp, type AdminAppOptions } from './admin-app.ts';
import type { AdminParts } from './admin-parts.ts';
import { boundConnections } from './bound-connections.ts';
import { openDebugSwitch } from '../administration/debugging.ts';
import { adminSocketName } from './admin-socket.ts';
import { openReadThread } from './ask-read-thread.ts';
import { keepErasing } from './keep-erasing.ts';
import { idempotentActs } from './idempotent-acts.ts';
import { openTakenKeys } from './idempotency/taken-keys.ts';
import { identityWithSession, requireOpenSession } from '../sessions/require-open-session.ts';
import { openWhatIfThread } from '../what-if/ask-what-if.ts';
import { authenticateOperator } from './authenticate-operator.ts';
import type { ConsoleOptions, ConsolePart } from './console-part.ts';
import { gatherNews, withOthers } from './news/news.ts';
import type { OperatorStanding } from './operator-standing.ts';
import { letGroupConnect } from './socket-group.ts';
import { openPeerUid } from './socket-peer.ts';
import { takeRequests } from './take-requests.ts';
import { trustSocket } from './trust-socket.ts';
import { userNames } from './user-names.ts';

/** Who floods this port must not use up what connections of employees need. */
const mostConnections = 200;
/** `sun_path` without its last zero byte, of macOS and of Linux (unix(7)). */
const maxSocketPathBytes = process.platform === 'darwin' ? 103 : 107;

export interface AdminOptions extends Pick<AdminParts, 'relay' | 'audit' | 'log'> {
  readonly loaded: LoadedConfig;
  /** The secret of the newest config: orders of relays are sealed with it from the reload on that brings it. */
  readonly orderSecret: SecretNow;
  readonly issuersOf: (loaded: LoadedConfig) => AuthenticatorOptions['issuers'];
  /** Where this relay’s audit is counted to. */
  readonly countsOf: (loaded: LoadedConfig) => CountsPlace;
  readonly metrics: AdminAppOptions['metrics'];
  /** The same as values, for the last day in numbers. */
  readonly metricValues: () => Promise<MetricValues>;
  /** What is recorded, as it is recorded. */
  readonly records: RecordNews;
  /** The pages for browsers, at the port. */
  readonly openConsole: (options: ConsoleOptions) => ConsolePart;
  /** Null where the config opens no port. */
  readonly standing: OperatorStanding | null;
  /** How providers are asked; over the network when left out. */
  readonly fetch?: AuthenticatorOptions['fetch'] | undefined;
}

/** The operators’ port and socket of a relay. */
export interface AdminServer {
  /** Where operators reach it; null when the config opens no port and only the socket is there. */
  readonly url: string | null;
  reload(next: LoadedConfig): void;
  close(): Promise<void>;
}

/**
 * Opens the Unix socket in the data folder, where there can be one, and, where the config has `admin`, the operators’ port.
 * @throws AccessError `port-taken`, `bad-config` when it can’t listen
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { audit, log, relay, standing } = options;
  let loaded = options.loaded;
  const reading = openReadThread();
  const series = followDay({
    values: options.metricValues,
    onFailed: (error) => log.warn({ err: error }, 'the last minutes can’t be told in numbers'),
  });
  const state = (): StatePlace => ({
    dataDir: loaded.config.relay.data,
    redis: redisSettings(loaded.config),
    storage: loaded.storage,
  });
  const whatIf = openWhatIfThread();
  await clearLeftBackup(loaded.config.relay.data, log);
  const backups = streamBackups();
  // Where relays share none, what speaks to PostgreSQL isn’t loaded.
  const keyStorage =
    loaded.storage === undefined
      ? null
      : (await import('./idempotency/open-key-storage.ts')).openKeyStorage(loaded.storage, log);
  const acts = idempotentActs({
    own: () => openTakenKeys(loaded.config.relay.data),
    shared: keyStorage === null ? null : () => keyStorage.keys,
  });
  const startedAtMs = Date.now();
  let loadedAtMs = startedAtMs;
  const together: RelaysPlace | null = await placeOfRelays(loaded, options.orderSecret, log);
  const id = together === null ? null : relayIdOf(loaded.config.relay.data, loaded.config.relay.id);
  const ownState = (): RelayState =>
    stateOfRelay({
      relay,
      audit,
      loaded,
      id,
      takesTimedOrders: together !== null && takesOrders(together),
      sealsOrders: together?.seal() !== undefined,
      startedAtMs,
      loadedAtMs,
    });
  const drainHere = drainsHere({ relay, audit, ownState });
  const others =
    together === null
      ? null
      : tellRelays(together, {
          state: ownState,
          log,
          obey: ({ act, worker, by, at, reason }) =>
            drainHere({ act, worker, words: `${by} at the relay ${at}: ${reason}` }),
        });
  const debugging = openDebugSwitch({
    config: () => loaded.config,
    tell: (targets) => relay.debug(targets),
    audit,
    log,
  });
  const parts: AdminParts = {
    relay,
    audit,
    log,
    loaded: () => loaded,
    config: () => loaded.config,
    reading,
    state,
    place: () => ({ config: loaded.config, counts: options.countsOf(loaded), state: state() }),
    series,
    whatIf,
    backups,
    acts,
    others,
    ownState,
    drainHere,
    startedAtMs,
    debugging,
  };
  const erasing = keepErasing({ reading, place: parts.place, log });
  const servers: ServerType[] = [];
  const socketPath = join(loaded.config.relay.data, adminSocketName);
  const none = adminSchema.parse({});
  const admin = (): AdminConfig => loaded.config.admin ?? none;
  let url: string | null = null;
  let replaceCertificate: (tls: AdminTls) => void = () => undefined;
  let trustedProxies = trustedProxiesOf(loaded.config.admin);

  const { shared } = options.countsOf(loaded);
  // Where relays share none, what speaks to PostgreSQL isn’t loaded.
  const ofOthers = shared === null ? null : (await import('./news/news-of-others.ts')).newsOfOthers(shared, log);
  const news = gatherNews(ofOthers === null ? options.records : withOthers(options.records, ofOthers));
  const socketApp = createAdminApp({
    ...parts,
    news,
    console: null,
    authenticate: trustSocket(await openPeerUid(), userNames(), admin().socket_group !== undefined),
    url: () => 'http://localhost',
    hosts: null,
    metrics: options.metrics,
  });
  if (process.platform !== 'win32') {
    try {
      servers.push(
        await listenAtSocket(createAdaptorServer({ fetch: socketApp.fetch }), socketPath, admin().socket_group),
      );
    } catch (error) {
      // A file system may have no sockets; nobody has asked for this one, but for those who named a group.
      if (admin().socket_group !== undefined) throw error;
      log.warn({ err: error }, 'there is no socket for operators in the data folder');
    }
  }

  const { config } = loaded;
  const authenticator =
    standing === null
      ? null
      : createAuthenticator({
          ...standing.identity,
          relayUrl: config.relay.url,
          issuers: options.issuersOf(loaded),
          maxTokenBytes: config.limits.max_token_bytes,
          log,
          keptKeys: keepProviderKeys(config.relay.data, log),
          ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
        });
  let pages: ConsolePart | null = null;
  if (config.admin !== undefined && authenticator !== null && standing !== null) {
    const { host, port } = config.admin.listen;
    const tls = loaded.adminTls;
    const ownUrl = (): string => admin().url ?? url ?? `http://${host}`;
    pages = options.openConsole({
      admin,
      issuers: () => options.issuersOf(loaded),
      relayUrl: config.relay.url,
      relayCertificate: () => loaded.tls?.cert,
      fetch: options.fetch,
      maxTokenBytes: config.limits.max_token_bytes,
      standing,
      audit,
      log,
      origin: () => new URL(ownUrl()).origin,
    });
    const connections = boundConnections(mostConnections);
    const authenticate = authenticateOperator({
      admin,
      authenticator: requireOpenSession(authenticator, standing.locks, () => 'full'),
      identityOf: identityWithSession(authenticator, standing.locks),
      locks: standing.locks,
      audit,
      url: ownUrl,
      console: pages.gate,
    });
    const app = createAdminApp({
      ...parts,
      news,
      console: pages,
      authenticate: (context, next) =>
        authenticate(context, async () => {
          connections.keep(context.env.incoming.socket);
          await next();
        }),
      url: ownUrl,
      hosts: () => loaded,
      metrics: options.metrics,
    });
    const bounds = { maxHeaderSize: 65_536, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000 };
    const server =
      tls === undefined
        ? createAdaptorServer({ fetch: app.fetch, createServer: createHttpServer, serverOptions: bounds })
        : createAdaptorServer({
            fetch: app.fetch,
            createServer: createHttpsServer,
            serverOptions: {
              ...bounds,
              handshakeTimeout: 10_000,
              ...secureOptions(tls),
              ...(tls.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
            },
          });
    connections.watch(server);
    server.prependListener('request', (incoming: IncomingMessage) => {
      const peer = incoming.socket.remoteAddress ?? '';
      if (trustedProxies !== null) rememberCaller(incoming, forwardedCaller(peer, incoming.headers, trustedProxies));
    });
    if (server instanceof HttpsServer) replaceCertificate = (next) => server.setSecureContext(secureOptions(next));
    server.listen(port, host);
    await listening(server, (cause) => listenProblem(cause, { host, port, key: 'admin.listen' }) ?? cause);
    const { port: bound } = server.address() as AddressInfo;
    url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
    servers.push(server);
    log.info({ url: admin().url ?? url }, 'operators’ port listening');
  }

  return {
    url,
    reload(next) {
      const before = loaded;
      const replaceParts: readonly ((of: LoadedConfig) => void)[] = [
        (of) => (loaded = of),
        (of) => (trustedProxies = trustedProxiesOf(of.config.admin)),
        (of) => of.adminTls !== undefined && replaceCertificate(of.adminTls),
        (of) => authenticator?.replaceIssuers(options.issuersOf(of)),
        () => pages?.reload(),
      ];
      putInForce(replaceParts, { before, next, log });
      loadedAtMs = Date.now();
      if (isSameSecret(before.config.shared_state, next.config.shared_state)) return;
      // Keys of the relay’s own accounts follow from the secret.
      const ownIssuer = breakGlassIssuerOf(next.config);
      authenticator?.keysChanged(ownIssuer);
      pages?.keysChanged(ownIssuer);
    },
    async close() {
      news.close();
      await ofOthers?.close();
      pages?.close();
      authenticator?.close();
      erasing.close();
      // An erasure that has begun ends, and whoever waits for it hears of it.
      await reading.close();
      await turn();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              if ('closeAllConnections' in server) server.closeAllConnections();
            }),
        ),
      );
      series.close();
      debugging.close();
      await backups.close();
      await whatIf.close();
      acts.close();
      await keyStorage?.close();
      await others?.close();
      await standing?.close();
      rmSync(socketPath, { force: true });
    },
  };
}

/** Listens at a path that its owner alone can connect to, or the members of a group, too. @throws Error for a path or a file system that can’t have one */
async function listenAtSocket(server: ServerType, path: string, group: string | undefined): Promise<ServerType> {
  if (Buffer.byteLength(path) > maxSocketPathBytes)
    throw new Error(`the path ${path} has more than ${maxSocketPathBytes} bytes`);
  // Of a relay that was killed; two at once are kept apart by the audit's lock.
  rmSync(path, { force: true });
  // Before anybody can connect to it.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await listening(server, (cause) => cause);
  chmodSync(path, 0o600);
  if (group !== undefined) letGroupConnect(path, group);
  return server;
}

async function listening(server: ServerType, problemOf: (cause: NodeJS.ErrnoException) => Error): Promise<void> {
  takeRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause: NodeJS.ErrnoException) => reject(problemOf(cause)));
  });
  // A connection that breaks while it is accepted is no failure of the relay.
  server.on('error', () => undefined);
}

type AdminTls = NonNullable<LoadedConfig['adminTls']>;

/** What the port shows, and the authority of its callers’ certificates. */
function secureOptions({ cert, key, clientCa }: AdminTls) {
  return { cert, key, minVersion: 'TLSv1.3', ...(clientCa === undefined ? {} : { ca: clientCa }) } as const;
}
