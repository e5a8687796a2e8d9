import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { JWK } from 'jose';
import type { Provider } from 'oidc-provider';
import { fetch as undiciFetch, Response as UndiciResponse } from 'undici';
import { AccessError } from '../../shared/errors.ts';
import type { SamlSettings } from '../config/saml-files.ts';
import { samlBridgePath } from '../config/saml-issuer.ts';
import { answerFailure, logFailure } from '../http/answer-failure.ts';
import { callerAddress } from '../http/caller-address.ts';
import { failureReason } from '../identity/failure-reason.ts';
import type { Fetch } from '../identity/fetch-json.ts';
import { pageText } from '../page-texts/page-text.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { Seal } from '../shared-state/seal.ts';
import { boundParameters } from './bound-parameters.ts';
import { type BridgeKeys, openBridgeKeys } from './bridge-keys.ts';
import { messagePage, sendPage } from './bridge-pages.ts';
import { createBridgeProvider } from './bridge-provider.ts';
import { type BridgeStore, openBridgeStore } from './bridge-store.ts';
import { maxEncodedLength } from './decode-message.ts';
import { makeLogoutToken } from './logout-token.ts';
import { openIdpMetadata } from './idp-metadata-source.ts';
import { openMessageReader } from './message-reader.ts';
import { readForm } from './read-form.ts';
import { openRedisBridgeKeys } from './redis-bridge-keys.ts';
import { openRedisBridgeStore } from './redis-bridge-store.ts';
import { saidRefusal } from './saml-refusal.ts';
import { type ServiceProvider, serviceProviderMetadata } from './service-provider.ts';
import { createSignInRoutes, isUnavailable, sendRefusal } from './sign-in-routes.ts';
import { createSignOutRoutes, type EndedSession } from './sign-out-routes.ts';

export interface SamlBridgeOptions {
  readonly relayUrl: string;
  readonly dataDir: string;
  readonly settings: SamlSettings;
  /** Of the operators’ console; null where nobody signs in there. */
  readonly consoleOrigin: string | null;
  readonly log: Logger;
  /** An answer of the provider, or of somebody in its place, was refused. */
  readonly onRefused: (error: AccessError, remoteAddress: string) => void;
  /** The person signed out, or the provider said so: a logout token of the bridge that says whose session it was. */
  readonly onLogout: (logoutToken: string) => void;
  /** The bridge has other keys than before, or its first ones. Not called before it is open. */
  readonly onNewKeys?: () => void;
  /** Where relays share keys and sign-ins; the data folder when left out. */
  readonly shared?: { readonly redis: RedisConnection; readonly seal: Seal } | undefined;
  readonly now?: () => number;
  /** Another process of this relay makes the keys; this one only reads them. Default false. */
  readonly followsKeys?: boolean;
}

/** An OpenID provider below the relay’s own address whose login is a SAML sign-in. */
export interface SamlBridge {
  readonly issuer: string;
  /** Answers a request for the bridge; false when it is for something else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** `fetch` that reads the bridge’s own metadata and keys without leaving the process. */
  readonly fetch: Fetch;
  /** Puts other settings in force; sign-ins under way go on. @throws AccessError when they can’t be used */
  reload(settings: SamlSettings, consoleOrigin: string | null): void;
  close(): void;
}

/** Logout messages are short; anybody can send one. */
const maxLogoutFormBytes = 65_536;
const rotationCheckMs = 3_600_000;
/** Others may make the keys, or Redis may have lost them. */
const followedCheckMs = 5000;
const firstKeysCheckMs = 500;

/**
 * Opens keys and store, in the data folder or in Redis, and begins to answer. Waits up to 5 s for Redis; without it the
 * bridge answers 503 until the keys are there.
 * @throws AccessError `bad-config`, `idp-misconfigured`
 */
export async function openSamlBridge(options: SamlBridgeOptions): Promise<SamlBridge> {
  const { log, dataDir, now = Date.now, followsKeys = false } = options;
  const base = new URL(options.relayUrl);
  const issuer = `${base.origin}${samlBridgePath}`;
  const { keys, store } = await openMemory(options, now);
  const openMetadata = (settings: SamlSettings) =>
    openIdpMetadata({ idp: settings.config.idp, text: settings.metadata, dataDir, log, now });
  let { settings, consoleOrigin } = options;
  let metadata = openMetadata(settings);
  await metadata.tried;
  let opened: { readonly provider: Provider; readonly handle: ReturnType<Provider['callback']> } | null = null;
  let whyClosed = 'The store that the relays share has not been reached yet.';
  const requireOpened = (): NonNullable<typeof opened> => {
    if (opened === null) throw new AccessError('shared-state-unavailable', whyClosed);
    return opened;
  };

  const sp = (): ServiceProvider => ({
    config: settings.config,
    entityId: settings.config.entity_id ?? `${issuer}/metadata`,
    consumerUrl: `${issuer}/acs`,
    logoutUrl: `${issuer}/slo`,
    signing: settings.signing,
    encryption: settings.encryption,
  });
  const idp = () => metadata.current();
  const onEnded = (ended: EndedSession): void => {
    const key = keys.current()?.jwks[0];
    if (key === undefined) return;
    makeLogoutToken(ended, issuer, key, now()).then(options.onLogout, (error: unknown) =>
      log.error({ err: error }, 'the end of a session can’t be announced'),
    );
  };
  const refuse = (error: AccessError, request: IncomingMessage): void => {
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    log.warn({ reason: error.message, cause }, 'a SAML message was refused');
    options.onRefused(error, callerAddress(request));
  };
  const reader = openMessageReader();
  const signOut = createSignOutRoutes({ sp, idp, store, reader, now, onEnded });
  const signIn = createSignInRoutes({
    provider: () => requireOpened().provider,
    sp,
    idp,
    store,
    reader,
    now,
    basePath: samlBridgePath,
    onRefused: refuse,
  });
  const rebuild = (): void => {
    const secrets = keys.current();
    if (secrets === null) return;
    const provider = createBridgeProvider({
      issuer,
      audience: options.relayUrl,
      config: settings.config,
      consoleOrigin,
      secrets,
      store,
      log,
      now,
      onSignedOut: async (sessionUid) => {
        try {
          return await signOut.begin(sessionUid);
        } catch (error) {
          log.warn({ err: error }, 'the SAML provider can’t be told of a sign-out');
          return null;
        }
      },
    });
    opened = { provider, handle: provider.callback() };
  };
  rebuild();
  const checkMs = followsKeys || options.shared !== undefined ? followedCheckMs : rotationCheckMs;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const rotateLater = (delayMs: number): void => {
    if (!closed) timer = setTimeout(() => void rotate(), delayMs).unref();
  };
  const rotate = async (): Promise<void> => {
    let isAway = false;
    try {
      if (await keys.rotate()) {
        rebuild();
        if (!closed) options.onNewKeys?.();
      }
    } catch (error) {
      isAway = isUnavailable(error);
      // The connection has told that itself.
      if (!isAway) {
        whyClosed = failureReason(error);
        log.warn({ err: error }, 'the SAML bridge’s keys can’t be looked at now');
      }
    }
    rotateLater(isAway && opened === null ? firstKeysCheckMs : checkMs);
  };

  async function route(request: IncomingMessage, response: ServerResponse, path: string, query: string): Promise<void> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const [, uid, done] = /^\/interaction\/([\w-]{1,64})(\/done)?$/.exec(path) ?? [];
    if (path === '/metadata' && isRead) {
      const body = serviceProviderMetadata(sp());
      response.writeHead(200, {
        'Content-Type': 'application/samlmetadata+xml',
        'Content-Length': Buffer.byteLength(body),
        'X-Content-Type-Options': 'nosniff',
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    } else if (path === '/acs' && request.method === 'POST')
      await signIn.consume(request, response, await readForm(request, 2 * maxEncodedLength));
    else if (path === '/slo' && request.method === 'GET')
      await signOut.receive(request, response, { binding: 'redirect', query });
    else if (path === '/slo' && request.method === 'POST')
      await signOut.receive(request, response, {
        binding: 'post',
        form: (await readForm(request, maxLogoutFormBytes)).toString(),
      });
    else if (path === '/acs' || path === '/slo') throw saidRefusal(() => pageText('bridge.refused.direct'));
    else if (uid !== undefined && request.method === 'GET') {
      if (done === undefined) await signIn.begin(request, response, uid);
      else await signIn.finish(request, response, uid, new URLSearchParams(query).get('ticket') ?? '');
    } else {
      boundParameters(query);
      await requireOpened().handle(request, response);
    }
  }

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (request.complete === false) response.setHeader('Connection', 'close');
    if (error instanceof AccessError) {
      // What can't be looked at isn't refused.
      if (!isUnavailable(error)) refuse(error, request);
      sendRefusal(request, response, error);
      return;
    }
    const requestId = logFailure(log, request, error);
    if (requestId === null) response.destroy();
    else {
      const words = (): string => pageText('bridge.stopped.failure', { requestId });
      sendPage(request, response, 500, () => messagePage(pageText('bridge.stopped'), words()));
    }
  }

  rotateLater(opened === null ? firstKeysCheckMs : checkMs);
  return {
    issuer,
    handle(request, response) {
      const url = request.url ?? '';
      if (!new RegExp(`^${samlBridgePath}(?:[/?]|$)`).test(url)) return false;
      takeOwnAddress(request, base);
      const [path = '', ...rest] = url.slice(samlBridgePath.length).split('?');
      Object.assign(request, { originalUrl: url });
      request.url = url.slice(samlBridgePath.length) || '/';
      route(request, response, path, rest.join('?'))
        .catch((error: unknown) => fail(request, response, error))
        .catch((error: unknown) => answerFailure(log, request, response, error));
      return true;
    },
    fetch: (async (input, init) => {
      const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
      if (url === `${issuer}/.well-known/openid-configuration`) return json({ issuer, jwks_uri: `${issuer}/jwks` });
      if (url === `${issuer}/jwks`) {
        requireOpened();
        return json({ keys: keys.current()?.jwks.map(publicKey) ?? [] });
      }
      return undiciFetch(input, init);
    }) as Fetch,
    reload(next, origin) {
      const isMoved = origin !== consoleOrigin;
      consoleOrigin = origin;
      if (next.digest === settings.digest) {
        if (isMoved) rebuild();
        return;
      }
      const fresh = openMetadata(next);
      metadata.close();
      metadata = fresh;
      settings = next;
      rebuild();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      metadata.close();
      reader.close();
      store.close();
    },
  };
}

/** The bridge’s keys and what it remembers: of this relay alone, or of all that share a Redis. */
async function openMemory(
  { dataDir, shared, log, followsKeys }: SamlBridgeOptions,
  now: () => number,
): Promise<{ readonly keys: BridgeKeys; readonly store: BridgeStore }> {
  if (shared === undefined)
    return { keys: openBridgeKeys(dataDir, now, followsKeys), store: openBridgeStore(dataDir, now) };
  const { redis, seal } = shared;
  const keys = await openRedisBridgeKeys(redis, seal, now);
  return { keys, store: openRedisBridgeStore({ redis, seal, log, now }) };
}

/** The bridge knows its address from the config; what a caller or a proxy says of it can’t change any link. */
function takeOwnAddress(request: IncomingMessage, base: URL): void {
  request.headers.host = base.host;
  request.headers['x-forwarded-proto'] = base.protocol.slice(0, -1);
  delete request.headers['x-forwarded-host'];
  delete request.headers['x-forwarded-for'];
}

function publicKey({ kty, crv, x, y, kid, alg, use }: JWK): JWK {
  return { kty, crv, x, y, kid, alg, use } as JWK;
}

function json(content: object): UndiciResponse {
  return new UndiciResponse(JSON.stringify(content), { headers: { 'content-type': 'application/json' } });
}
