import type { Logger } from 'pino';
import type { EmergencySignIn } from '../../shared/emergency.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { consoleOriginOf } from '../config/console-origin.ts';
import type { Config } from '../config/config-schema.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import {
  type AuthenticatorOptions,
  createAuthenticator,
  type ReloadableAuthenticator,
} from '../identity/create-authenticator.ts';
import type { ProviderLogout } from '../identity/identity.ts';
import { keepProviderKeys } from '../identity/kept-provider-keys.ts';
import type { SignInMetrics } from '../metrics/sign-in-metrics.ts';
import type { SamlBridge } from '../saml/saml-bridge.ts';
import type { Disclosure } from '../sessions/lock.ts';
import { requireOpenSession } from '../sessions/require-open-session.ts';
import { isSameSecret, type SecretNow } from '../shared-state/shared-secret.ts';
import { issuersOf } from './config-of-parts.ts';
import { countedAuthenticator } from './counted-authenticator.ts';
import { type BreakGlassOfRelay, breakGlassOf, samlBridgeOf } from './optional-parts.ts';
import { orCloseAll } from './or-close-all.ts';
import type { RelayState } from './relay-state.ts';
import type { WorkerParts } from './worker-parts.ts';

/** What tells who people are: tokens of providers, of the bridge to SAML, and of the relay’s own accounts. */
export interface RelaySignIn {
  readonly authenticator: ReloadableAuthenticator;
  readonly bridge: SamlBridge | null;
  readonly breakGlass: BreakGlassOfRelay | null;
  /** Another config, which is in force already. */
  replace(next: LoadedConfig): void;
  close(): void;
}

interface RelaySignInOptions extends Pick<AuthenticatorOptions, 'now' | 'schedule'> {
  readonly config: () => Config;
  readonly disclose: () => Disclosure;
  readonly state: RelayState;
  readonly audit: AuditLog;
  readonly metrics: SignInMetrics;
  readonly log: Logger;
  readonly worker: WorkerParts | undefined;
  /** A provider has signed somebody out. */
  readonly onLogout: (logout: ProviderLogout) => void;
  /** An account of the relay’s own has signed in. */
  readonly onEmergency: (signIn: EmergencySignIn) => void;
}

/** Opens it; providers’ keys are asked for at once. @throws AccessError `bad-config` */
export function openRelaySignIn(first: LoadedConfig, options: RelaySignInOptions): Promise<RelaySignIn> {
  const { config, disclose, state, audit, metrics, log, worker, onLogout, onEmergency, now, schedule } = options;
  const { relay } = first.config;
  return orCloseAll(async (didOpen) => {
    const secretNow: SecretNow = () => config().shared_state;
    let secret = secretNow();
    const bridge = await samlBridgeOf(first, secretNow, state.shared, audit, log, worker !== undefined, {
      onLogout(logoutToken) {
        authenticator
          .acceptLogoutToken(logoutToken)
          .then(onLogout, (error: unknown) => log.error({ err: error }, 'a sign-out can’t be put in force'));
      },
      onNewKeys: () => bridge !== null && authenticator.keysChanged(bridge.issuer),
    });
    didOpen(() => bridge?.close());
    const breakGlass = await breakGlassOf(first, {
      config,
      audit: state.telling,
      log,
      now: now ?? Date.now,
      keeps: worker === undefined ? state.stored : 'nothing',
      onSignedIn(signIn) {
        onEmergency(signIn);
        worker?.tellEmergency(signIn);
      },
    });
    didOpen(() => breakGlass?.close());
    const fetch = breakGlass === null ? bridge?.fetch : breakGlass.fetchWith(bridge?.fetch);
    const created = createAuthenticator({
      relayUrl: relay.url,
      issuers: issuersOf(first),
      maxTokenBytes: first.config.limits.max_token_bytes,
      log,
      keptKeys: keepProviderKeys(relay.data, log),
      ...(fetch === undefined ? {} : { fetch }),
      revocations: state.revocations,
      ...(state.shared?.identity ?? worker?.identity),
      ...(worker === undefined ? {} : { replaysHere: worker.identity.replays, onKeysChanged: worker.tellKeysChanged }),
      ...(now === undefined ? {} : { now }),
      ...(schedule === undefined ? {} : { schedule }),
    });
    const authenticator = countedAuthenticator(requireOpenSession(created, state.locks, disclose), metrics);
    return {
      authenticator,
      bridge,
      breakGlass,
      replace(next) {
        if (next.saml !== undefined) bridge?.reload(next.saml, consoleOriginOf(next.config.admin));
        authenticator.replaceIssuers(issuersOf(next));
        // Keys of the relay’s own accounts follow from the secret.
        if (breakGlass !== null && !isSameSecret(secret, next.config.shared_state))
          authenticator.keysChanged(breakGlass.issuer);
        secret = next.config.shared_state;
      },
      close() {
        authenticator.close();
        bridge?.close();
        breakGlass?.close();
      },
    };
  });
}
