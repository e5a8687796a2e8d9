import type { Logger } from 'pino';
import type { Catalog } from '../../shared/catalog.ts';
import { version } from '../../shared/version.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { answerUpgradeFailure } from '../http/answer-failure.ts';
import { trustedProxiesOf } from '../http/caller-address.ts';
import { createAccessRoutes } from '../http/public/access-routes.ts';
import { createPublicServer, type PublicServer } from '../http/public/create-public-server.ts';
import { createPublicRoutes } from '../http/public/public-routes.ts';
import { createSessionRoutes } from '../http/public/session-routes.ts';
import type { Identity, ProviderLogout } from '../identity/identity.ts';
import type { ActiveGrant, PolicyContext } from '../policy/decision.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import { locksOfCaller, showLocks } from '../sessions/show-locks.ts';
import type { TunnelEndpoint } from '../tunnel/tunnel-endpoint.ts';
import type { RelaySignIn } from './relay-sign-in.ts';
import type { RelayState } from './relay-state.ts';
import type { WorkerParts } from './worker-parts.ts';

/** The server that clients and providers reach. */
export interface PublicDoor extends Omit<PublicServer, 'replaceCertificate'> {
  replace(next: LoadedConfig): void;
}

interface PublicDoorOptions {
  readonly loaded: () => LoadedConfig;
  readonly inForce: () => PolicyInForce;
  readonly state: RelayState;
  readonly signIn: RelaySignIn;
  readonly tunnels: Pick<TunnelEndpoint, 'upgrade'>;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly worker: WorkerParts | undefined;
  readonly grantsOf: (identity: Identity) => readonly ActiveGrant[];
  readonly withQuotas: (catalog: Catalog, identity: Identity) => Promise<Catalog>;
  /** The keys that APIs check identities with. */
  readonly jwks: () => object;
  readonly draining: () => boolean;
  /** Whether connections are to go to the relay’s other workers. */
  readonly isLeaving: () => boolean;
  readonly onLogout: (logout: ProviderLogout) => void;
}

/** Creates the server with its routes; it doesn’t listen yet. */
export function createPublicDoor(first: LoadedConfig, options: PublicDoorOptions): PublicDoor {
  const { loaded, inForce, state, signIn, tunnels, audit, log, worker, grantsOf } = options;
  const { locks, sessions, grants } = state;
  const { authenticator, bridge, breakGlass } = signIn;
  const config = (): LoadedConfig['config'] => loaded().config;
  const askedNow = (identity: Identity): PolicyContext => ({
    timeMs: Date.now(),
    remoteAddress: '',
    device: null,
    grants: grantsOf(identity),
  });
  let trustedProxies = trustedProxiesOf(first.config.relay);
  const { replaceCertificate, ...server } = createPublicServer({
    tls: first.tls,
    trustedProxies: () => trustedProxies,
    isLeaving: options.isLeaving,
    log,
    requestCertificate: first.config.relay.tls?.client_certificates ?? false,
    ...(worker === undefined ? {} : { ticketKeys: worker.ticketKeys }),
    maxUnauthenticated: inForce().limits.max_unauthenticated_connections,
    onRequest: createPublicRoutes({
      config,
      version,
      log,
      authenticator,
      audit,
      inForce,
      withQuotas: options.withQuotas,
      grantsOf,
      lockOf: (identity) => locks.of({ identity, device: null }, null),
      lockOfAddress: (address) => locks.ofAddress(address),
      withLocks: (catalog, identity) => {
        const whole = locks.of({ identity, device: null }, null);
        return showLocks(catalog, locksOfCaller(whole, locks.all), inForce().disclose);
      },
      signalRoutes: [state.signals.route],
      sessionRoutes: createSessionRoutes({ sessions, locks, audit, pace: worker?.paceOfNames }),
      didSignOut: (identity) => sessions.didSignOut(identity),
      accessRoutes: createAccessRoutes({
        config,
        grants,
        isVisible: (identity, api) => inForce().policy.isVisible(identity, api, askedNow(identity)),
        tellsApprovers: () => inForce().disclose === 'full',
        entryFor: (identity, api) =>
          inForce()
            .policy.catalogFor(identity, askedNow(identity))
            .apis.find(({ id }) => id === api),
      }),
      jwks: options.jwks,
      draining: options.draining,
      ...(worker === undefined ? {} : { otherProblems: worker.otherProblems }),
      ...(bridge === null ? {} : { samlBridge: bridge }),
      ...(breakGlass === null ? {} : { breakGlass }),
      onProviderLogout: options.onLogout,
    }),
    onUpgrade: (request, socket, head, onAccepted) => {
      // The connection may have answered other requests before.
      const written = request.socket.bytesWritten;
      tunnels.upgrade(request, socket, head, onAccepted).catch((error: unknown) => {
        answerUpgradeFailure(log, request, socket, request.socket.bytesWritten > written, error);
      });
    },
  });
  return {
    ...server,
    replace(next) {
      if (next.tls !== undefined) replaceCertificate(next.tls);
      trustedProxies = trustedProxiesOf(next.config.relay);
    },
  };
}
