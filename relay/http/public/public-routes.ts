import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Catalog } from '../../../shared/catalog.ts';
import {
  catalogPath,
  type DiscoveryDocument,
  discoveryPath,
  relayJwksPath,
  signOutPath,
} from '../../../shared/discovery-document.ts';
import { AccessError } from '../../../shared/errors.ts';
import { problemDocument } from '../../../shared/problem-document.ts';
import { tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Config } from '../../config/config-schema.ts';
import { authenticateCaller, recordRefusal } from '../../identity/authenticate-caller.ts';
import type { Authenticator, Identity, ProviderLogout } from '../../identity/identity.ts';
import type { PolicyInForce } from '../../policy/policy-in-force.ts';
import type { ActiveGrant } from '../../policy/decision.ts';
import { type Lock, lockDetail } from '../../sessions/lock.ts';
import { answerBackchannelLogout, backchannelLogoutPath } from './backchannel-logout.ts';
import type { SamlBridge } from '../../saml/saml-bridge.ts';
import { accessRequestsPath, type createAccessRoutes } from './access-routes.ts';
import { answerFailure } from '../answer-failure.ts';
import { sendProblem } from '../problem-response.ts';
import { readCredentials } from '../read-credentials.ts';
import { sendJson } from '../send-json.ts';
import { answerSignOut } from './sign-out.ts';

export interface PublicRoutesOptions {
  readonly config: () => Config;
  readonly version: string;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  readonly inForce: () => PolicyInForce;
  /** Grants of a person, also ended ones. */
  readonly grantsOf?: (identity: Identity) => readonly ActiveGrant[];
  /** Adds what is left of limits. */
  readonly withQuotas?: (catalog: Catalog, identity: Identity) => Promise<Catalog>;
  /** The lock that shuts a caller out of everything; null when none does. */
  readonly lockOf?: (identity: Identity) => Lock | null;
  /** Requests for access; left out where there are none. */
  readonly accessRoutes?: ReturnType<typeof createAccessRoutes>;
  readonly jwks: () => object;
  readonly draining: () => boolean;
  /** What keeps the relay's other processes from being ready. */
  readonly otherProblems?: () => readonly string[];
  readonly samlBridge?: Pick<SamlBridge, 'handle'>;
  /** A provider has signed somebody out: open tunnels are to end. */
  readonly onProviderLogout?: (logout: ProviderLogout) => void;
}

/** Answers the relay's own endpoints: discovery, keys, health, readiness, the catalog and what people do there. */
export function createPublicRoutes(
  options: PublicRoutesOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  /** Who asks; null when that was refused and answered. */
  async function callerOf(request: IncomingMessage, response: ServerResponse, path: string): Promise<Identity | null> {
    const url = new URL(path, options.config().relay.url).href;
    const credentials = readCredentials(request, url);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const verdict = await authenticateCaller(credentials, remoteAddress, options.authenticator, options.audit);
    if (verdict.status === 'refused') {
      const { dpopNonce, error, httpStatus, retryAfterSeconds } = verdict;
      if (error.code === 'internal') throw error;
      sendProblem(
        response,
        problemDocument(error.code, httpStatus, error.message),
        dpopNonce !== undefined
          ? { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': dpopNonce }
          : httpStatus === 401
            ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' }
            : { 'Retry-After': String(retryAfterSeconds) },
      );
      return null;
    }
    const { identity } = verdict;
    const lock = path === signOutPath ? null : (options.lockOf?.(identity) ?? null);
    if (lock === null) return identity;
    const refused = new AccessError('locked', lockDetail(lock));
    const token = credentials?.token ?? '';
    const unrecorded = await recordRefusal(options.audit, remoteAddress, token, refused);
    const { code, message } = unrecorded ?? refused;
    const problem = problemDocument(code, unrecorded === null ? 403 : 503, message);
    sendProblem(response, problem, { Connection: 'close' });
    return null;
  }

  async function catalog(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const identity = await callerOf(request, response, catalogPath);
    if (identity === null) return;
    const grants = options.grantsOf?.(identity) ?? [];
    const context = { timeMs: Date.now(), remoteAddress: request.socket.remoteAddress ?? '', device: null, grants };
    const whole = options.inForce().policy.catalogFor(identity, context);
    const only = new URLSearchParams((request.url ?? '').split('?', 2)[1]).get('api');
    const plain = only === null ? whole : { ...whole, apis: whole.apis.filter(({ id }) => id === only) };
    sendJson(response, 200, (await options.withQuotas?.(plain, identity)) ?? plain);
  }

  function ready(response: ServerResponse): void {
    const { ready: keysReady, problems } = options.authenticator.readiness();
    const all = [
      ...problems,
      ...(options.audit.healthy ? [] : ['The audit can’t be written.']),
      ...(options.draining() ? ['The relay is shutting down.'] : []),
      ...(options.otherProblems?.() ?? []),
    ];
    const isReady = keysReady && all.length === 0;
    sendJson(response, isReady ? 200 : 503, { ready: isReady, problems: [...new Set(all)] });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.samlBridge?.handle(request, response) === true) return;
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === backchannelLogoutPath && request.method === 'POST') {
      const { authenticator, audit, onProviderLogout: onLogout = () => undefined } = options;
      await answerBackchannelLogout(request, response, { authenticator, audit, onLogout });
      return;
    }
    if (path === signOutPath && request.method === 'POST') {
      const identity = await callerOf(request, response, path);
      if (identity !== null) await answerSignOut(request, response, identity, options);
      return;
    }
    const { accessRoutes } = options;
    if (accessRoutes !== undefined && (path === accessRequestsPath || path.startsWith(`${accessRequestsPath}/`))) {
      const identity = await callerOf(request, response, path);
      if (identity !== null) await accessRoutes(request, response, identity);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendProblem(response, problemDocument('method-not-supported', 405, 'The relay’s own endpoints take only GET.'), {
        Allow: 'GET, HEAD',
        Connection: 'close',
      });
      return;
    }
    switch (path) {
      case discoveryPath:
        sendJson(response, 200, discoveryDocument(options.config(), options.version));
        return;
      case relayJwksPath:
        sendJson(response, 200, options.jwks(), { 'Cache-Control': 'public, max-age=300' });
        return;
      case '/healthz':
        sendJson(response, 200, { healthy: true });
        return;
      case '/readyz':
        ready(response);
        return;
      case catalogPath:
        await catalog(request, response);
        return;
      default:
        sendProblem(response, problemDocument('bad-request', 404, 'The relay has nothing at this address.'));
    }
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => answerFailure(options.log, request, response, error));
  };
}

function discoveryDocument({ relay, issuers }: Config, version: string): DiscoveryDocument {
  return {
    causeway: 1,
    name: relay.name,
    relayUrl: relay.url,
    version,
    ...(relay.minimum_client_version === undefined ? {} : { minimumClientVersion: relay.minimum_client_version }),
    tunnelProtocols: [tunnelProtocol],
    time: new Date().toISOString(),
    issuers: issuers.map((issuer) => ({
      name: issuer.name,
      issuer: issuer.issuer,
      clientId: issuer.client_id,
      scopes: issuer.scopes,
      ...(issuer.resource === undefined ? {} : { resource: issuer.resource }),
      dpop: issuer.dpop,
      redirectPorts: issuer.redirect_ports,
      ...(issuer.public_client_secret === undefined ? {} : { clientSecret: issuer.public_client_secret }),
      ...(issuer.token_kind === 'id_token' ? { tokenKind: issuer.token_kind } : {}),
    })),
  };
}
