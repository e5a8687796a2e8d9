import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { chmodSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { type AdminConfig, adminSchema } from '../config/admin-schema.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createAuthenticator, type AuthenticatorOptions } from '../identity/create-authenticator.ts';
import type { CountsPlace } from '../reports/open-counts.ts';
import { redisSettings } from '../shared-state/redis-settings.ts';
import { createAdminApp, type AdminAppOptions } from './admin-app.ts';
import type { AdminParts } from './admin-parts.ts';
import { openReadThread } from './ask-read-thread.ts';
import { authenticateOperator, trustSocket } from './authenticate-operator.ts';

/** Name of the Unix socket in the data folder. */
export const adminSocketName = 'admin.sock';

export interface AdminOptions extends Pick<AdminParts, 'relay' | 'audit' | 'log'> {
  readonly loaded: LoadedConfig;
  readonly issuersOf: (loaded: LoadedConfig) => AuthenticatorOptions['issuers'];
  /** Where this relay’s audit is counted to. */
  readonly countsOf: (loaded: LoadedConfig) => CountsPlace;
  readonly metrics: AdminAppOptions['metrics'];
}

/** The operators’ port and socket of a relay. */
export interface AdminServer {
  /** Where operators reach it; null when the config opens no port and only the socket is there. */
  readonly url: string | null;
  reload(next: LoadedConfig): void;
  close(): Promise<void>;
}

/**
 * Opens the Unix socket in the data folder and, where the config has `admin`, the operators’ port.
 * @throws AccessError `port-taken`, `bad-config` when it can’t listen
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { audit, log, relay } = options;
  let loaded = options.loaded;
  const reading = openReadThread();
  const parts: AdminParts = {
    relay,
    audit,
    log,
    loaded: () => loaded,
    config: () => loaded.config,
    reading,
    state: () => ({
      dataDir: loaded.config.relay.data,
      redis: redisSettings(loaded.config),
      storage: loaded.storage,
    }),
    place: () => ({ config: loaded.config, counts: options.countsOf(loaded) }),
    startedAtMs: Date.now(),
  };
  const servers: ServerType[] = [];
  const socketPath = join(loaded.config.relay.data, adminSocketName);
  const none = adminSchema.parse({});
  const admin = (): AdminConfig => loaded.config.admin ?? none;
  let url: string | null = null;

  const socketApp = createAdminApp({
    ...parts,
    authenticate: trustSocket(),
    url: () => 'http://localhost',
    metrics: options.metrics,
  });
  if (process.platform !== 'win32') {
    // Of a relay that was killed; two at once are kept apart by the audit's lock.
    rmSync(socketPath, { force: true });
    const server = createAdaptorServer({ fetch: socketApp.fetch, createServer: createHttpServer });
    // Before anybody can connect to it.
    const before = process.umask(0o177);
    try {
      server.listen(socketPath);
    } finally {
      process.umask(before);
    }
    await listening(server, `the socket ${socketPath}`);
    chmodSync(socketPath, 0o600);
    servers.push(server);
  }

  const { config } = loaded;
  const authenticator =
    config.admin === undefined
      ? null
      : createAuthenticator({
          relayUrl: config.relay.url,
          issuers: options.issuersOf(loaded),
          maxTokenBytes: config.limits.max_token_bytes,
          log,
        });
  if (config.admin !== undefined && authenticator !== null) {
    const { host, port } = config.admin.listen;
    const tls = loaded.adminTls;
    const ownUrl = (): string => admin().url ?? url ?? `http://${host}`;
    const app = createAdminApp({
      ...parts,
      authenticate: authenticateOperator({ admin, authenticator, audit, url: ownUrl }),
      url: ownUrl,
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
              cert: tls.cert,
              key: tls.key,
              minVersion: 'TLSv1.3',
              ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
            },
          });
    server.listen(port, host);
    await listening(server, `port ${port} of ${host} (admin.listen)`);
    const { port: bound } = server.address() as AddressInfo;
    url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
    servers.push(server);
    log.info({ url: admin().url ?? url }, 'operators’ port listening');
  }

  return {
    url,
    reload(next) {
      loaded = next;
      authenticator?.replaceIssuers(options.issuersOf(next));
    },
    async close() {
      authenticator?.close();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              if ('closeAllConnections' in server) server.closeAllConnections();
            }),
        ),
      );
      await reading.close();
      rmSync(socketPath, { force: true });
    },
  };
}

async function listening(server: ServerType, where: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const why = taken ? 'is used by another program' : `can’t be listened on (${cause.code ?? cause.message})`;
      reject(new AccessError(taken ? 'port-taken' : 'bad-config', `The operators’ port: ${where} ${why}.`, { cause }));
    });
  });
  // A connection that breaks while it is accepted is no failure of the relay.
  server.on('error', () => undefined);
}
