import { fileURLToPath } from 'node:url';
import type { ConsoleClient } from '../../config/console-schema.ts';
import { type AuthenticatorIssuer, createAuthenticator } from '../../identity/create-authenticator.ts';
import { consolePages } from '../../programs/program-file.ts';
import { identityWithSession } from '../../sessions/require-open-session.ts';
import { operatorRoles } from '../authenticate-operator.ts';
import type { ConsoleOptions, ConsolePart } from '../console-part.ts';
import { type ConsoleFile, readConsoleFiles } from './console-files.ts';
import { createConsoleGate } from './console-gate.ts';
import { type ConsoleProvider, openConsoleProvider } from './console-provider.ts';
import { createConsoleSessions } from './console-sessions.ts';
import { consoleHeaders, serveConsole } from './serve-console.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import { signInByTokens } from './token-sign-in.ts';

/** Sessions are of this process: they end with it. */
export function openConsole(options: ConsoleOptions): ConsolePart {
  const { admin, issuers, standing, audit, log, origin } = options;
  const { locks } = standing;
  const clients = (): readonly ConsoleClient[] => admin().console?.sign_in ?? [];
  const authenticator = createAuthenticator({
    ...standing.identity,
    relayUrl: options.relayUrl,
    issuers: issuersOfConsole(issuers(), clients()),
    maxTokenBytes: options.maxTokenBytes,
    log,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const sessions = createConsoleSessions(() => ({
    sessionMs: (admin().console?.session_seconds ?? 0) * 1000,
    idleMs: (admin().console?.idle_seconds ?? 0) * 1000,
  }));
  const gate = createConsoleGate(sessions, audit, origin);
  let files: ReadonlyMap<string, ConsoleFile> | null = null;
  let opened = new Map<string, { readonly made: string; readonly provider: ConsoleProvider }>();

  // Sessions go on with the provider that they began at; an unused one holds nothing open.
  const everOpened = new Set<ConsoleProvider>();

  const openProviders = (): void => {
    const before = opened;
    opened = new Map(
      clients().flatMap((client) => {
        const issuer = issuers().find(({ name }) => name === client.issuer);
        if (issuer === undefined) return [];
        const isOwn = new URL(issuer.issuer).origin === new URL(options.relayUrl).origin;
        const ownCertificate = isOwn ? options.relayCertificate() : undefined;
        const made = JSON.stringify([issuer, client, ownCertificate]);
        const old = before.get(client.issuer);
        const provider = old?.made === made ? old.provider : openConsoleProvider(issuer, client, { ownCertificate });
        return [[client.issuer, { made, provider }]];
      }),
    );
    for (const { provider } of opened.values()) everOpened.add(provider);
  };
  openProviders();

  const identityOf = identityWithSession(authenticator, locks);

  return {
    gate,
    addTo(app) {
      app.use('/console/*', consoleHeaders());
      addSignInRoutes(app, {
        sessions,
        gate,
        audit,
        log,
        origin,
        providers: () => [...opened.values()].map(({ provider }) => provider),
        signIn: (provider, tokens) => signInByTokens({ provider, tokens, identityOf, authenticator, log }),
        rolesOf: (identity) => operatorRoles(identity, admin(), locks),
      });
      serveConsole(app, { files: () => (files ??= readConsoleFiles(fileURLToPath(consolePages()))), origin });
    },
    reload() {
      authenticator.replaceIssuers(issuersOfConsole(issuers(), clients()));
      openProviders();
    },
    keysChanged: (issuer) => authenticator.keysChanged(issuer),
    close() {
      authenticator.close();
      for (const provider of everOpened) provider.close();
    },
  };
}

/**
 * The issuers as they are for tokens that the console’s own clients get: where a token is known by the app that got it,
 * that is the console. The tokens never leave the relay, so that they needn’t be bound to a key.
 */
function issuersOfConsole(
  issuers: readonly AuthenticatorIssuer[],
  clients: readonly ConsoleClient[],
): readonly AuthenticatorIssuer[] {
  return issuers.map((issuer) => {
    const client = clients.find(({ issuer: name }) => name === issuer.name);
    if (client === undefined) return issuer;
    const isKnownByApp = issuer.token_kind === 'id_token' || issuer.audience_claim === 'client_id';
    return isKnownByApp ? { ...issuer, client_id: client.client_id, audience: client.client_id } : issuer;
  });
}
