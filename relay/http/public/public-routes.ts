import { reasonedError } from '../../../shared/plain-reason.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Catalog } from '../../../shared/catalog.ts';
import { catalogPath, discoveryPath, relayJwksPath, signOutPath } from '../../../shared/discovery-document.ts';
import { refusalDocument } from '../../../shared/problem-document.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Config } from '../../config/config-schema.ts';
import { authenticateCaller, recordRefusal } from '../../identity/authenticate-caller.ts';
import type { Authenticator, Identity, ProviderLogout } from '../../identity/identity.ts';
import type { ActiveGrant } from '../../policy/decision.ts';
import type { PolicyInForce } from '../../policy/policy-in-force.ts';
import { type Disclosure, type Lock, lockReason } from '../../sessions/lock.ts';
import { recommendVersion } from '../../policy/client-version.ts';
import type { BreakGlass } from '../../break-glass/break-glass.ts';
import type { SamlBridge } from '../../saml/saml-bridge.ts';
import { answerFailure } from '../answer-failure.ts';
import { refusedCallerHeaders } from '../challenges.ts';
import { callerAddress } from '../caller-address.ts';
import { sendProblem } from '../problem-response.ts';
import { readCredentials } from '../read-credentials.ts';
import { sendJson } from '../send-json.ts';
import { answerBackchannelLogout, backchannelLogoutPath } from './backchannel-logout.ts';
import { discoveryDocument } from './discovery.ts';
import { createReadiness } from './readiness.ts';
import { createLockedAddresses } from './locked-addresses.ts';
import { type Asked, createRouter, type Route } from './route.ts';
import type { createSessionRoutes } from './session-routes.ts';
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
  /** A person has signed out: their session is listed no more. */
  readonly didSignOut?: (identity: Identity) => Promise<void>;
  /** Adds the locks on what the catalog lists. */
  readonly withLocks?: (catalog: Catalog, identity: Identity) => Catalog;
  /** The lock that shuts a caller out of everything; null when none does. */
  readonly lockOf?: (identity: Identity) => Lock | null;
  /** The lock on an address; null when there is none. */
  readonly lockOfAddress?: (address: string) => Lock | null;
  /** Requests for access; left out where there are none. */
  readonly accessRoutes?: readonly Route[];
  /** Where providers push events; left out where none does. */
  readonly signalRoutes?: readonly Route[];
  /** People's own sessions; left out where none are remembered. */
  readonly sessionRoutes?: ReturnType<typeof createSessionRoutes>;
  readonly jwks: () => object;
  readonly draining: () => boolean;
  /** What keeps the relay's other processes from being ready. */
  readonly otherProblems?: () => readonly string[];
  readonly samlBridge?: Pick<SamlBridge, 'handle'>;
  readonly breakGlass?: Pick<BreakGlass, 'handle'>;
  /** A provider has signed somebody out: open tunnels are to end. */
  readonly onProviderLogout?: (logout: ProviderLogout) => void;
}

/** Answers the relay's own endpoints: discovery, keys, health, readiness, the catalog and what people do there. */
export function createPublicRoutes(
  options: PublicRoutesOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { authenticator, audit, log, onProviderLogout: onLogout = () => undefined } = options;

  async function callerOf({ request, response, path }: Asked): Promise<Identity | null> {
    const url = new URL(path, options.config().relay.url).href;
    const remoteAddress = callerAddress(request);
    const credentials = readCredentials(request, url);
    const verdict = await authenticateCaller(credentials, remoteAddress, authenticator, audit);
    if (verdict.status === 'refused') {
      const { error, httpStatus } = verdict;
      if (error.code === 'internal') throw error;
      sendProblem(response, refusalDocument(error, httpStatus), refusedCallerHeaders(verdict));
      return null;
    }
    const { identity } = verdict;
    const lock = path === signOutPath ? null : (options.lockOf?.(identity) ?? null);
    if (lock === null) return identity;
    const refused = reasonedError('locked', lockReason(lock, options.inForce().disclose));
    const unrecorded = await recordRefusal(audit, remoteAddress, credentials?.token ?? '', refused, 'token');
    const problem = refusalDocument(unrecorded ?? refused, unrecorded === null ? 403 : 503);
    sendProblem(response, problem, { Connection: 'close' });
    return null;
  }

  async function catalog({ request, response }: Asked, identity: Identity): Promise<void> {
    const grants = options.grantsOf?.(identity) ?? [];
    const context = { timeMs: Date.now(), remoteAddress: callerAddress(request), device: null, grants };
    const { policy, clients } = options.inForce();
    const allowed = recommendVersion(policy.catalogFor(identity, context), clients);
    const whole = options.withLocks?.(allowed, identity) ?? allowed;
    const only = new URLSearchParams((request.url ?? '').split('?', 2)[1]).get('api');
    const plain = only === null ? whole : { ...whole, apis: whole.apis.filter(({ id }) => id === only) };
    sendJson(response, 200, (await options.withQuotas?.(plain, identity)) ?? plain);
  }

  const readiness = createReadiness(options);
  /** Only whether it is: what is missing, and at which provider, is for operators (their `/readyz` says it). */
  const ready =
    (isReady: () => boolean) =>
    ({ response }: Asked): void => {
      const answered = isReady();
      sendJson(response, answered ? 200 : 503, { ready: answered });
    };

  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: discoveryPath,
      access: 'anyone',
      answer: ({ response }) => sendJson(response, 200, discoveryDocument(options.config(), options.version)),
    },
    {
      method: 'GET',
      path: relayJwksPath,
      access: 'anyone',
      answer: ({ response }) => sendJson(response, 200, options.jwks(), { 'Cache-Control': 'public, max-age=300' }),
    },
    {
      method: 'GET',
      path: '/healthz',
      access: 'anyone',
      answer: ({ response }) => sendJson(response, 200, { healthy: true }),
    },
    { method: 'GET', path: '/readyz', access: 'anyone', answer: ready(readiness.takesTunnels) },
    { method: 'GET', path: '/readyz/node', access: 'anyone', answer: ready(readiness.isNodeWell) },
    { method: 'GET', path: catalogPath, access: 'signed-in', answer: catalog },
    {
      method: 'POST',
      path: signOutPath,
      access: 'signed-in',
      answer: ({ request, response }, identity) => answerSignOut(request, response, identity, options),
    },
    {
      method: 'POST',
      path: backchannelLogoutPath,
      ofProviders: true,
      access: 'anyone',
      answer: ({ request, response }) => answerBackchannelLogout(request, response, { authenticator, audit, onLogout }),
    },
    ...(options.accessRoutes ?? []),
    ...(options.sessionRoutes ?? []),
    ...(options.signalRoutes ?? []),
  ];
  const answer = createRouter({ log, routes, callerOf });

  const { lockOfAddress: lockOf } = options;
  const disclose = (): Disclosure => options.inForce().disclose;
  const refuseLocked = lockOf === undefined ? null : createLockedAddresses({ lockOf, audit, disclose, routes });

  return (request, response) => {
    try {
      const refusing = refuseLocked?.(request, response) ?? null;
      if (refusing !== null) {
        refusing.catch((error: unknown) => answerFailure(log, request, response, error));
        return;
      }
      // Their addresses are their own, and they answer errors with pages.
      if (options.samlBridge?.handle(request, response) === true) return;
      if (options.breakGlass?.handle(request, response) === true) return;
      answer(request, response);
    } catch (error) {
      answerFailure(log, request, response, error);
    }
  };
}
