import type { SamlSubject } from './check-assertion.ts';
import type { BridgeStore } from './bridge-store.ts';

/** What of an assertion a later sign-out needs (SAML core §3.7.1). */
export interface SamlSessionSource {
  readonly nameId: string;
  readonly nameIdFormat?: string;
  readonly nameQualifier?: string;
  readonly spNameQualifier?: string;
  readonly sessionIndex?: string;
  readonly endsAtMs?: number;
}

/** The provider’s session that belongs to a session of the bridge. */
export interface SamlSession extends SamlSessionSource {
  readonly accountId: string;
  readonly bridgeSession: string;
}

/** Result of an interaction with the SAML part in it. */
export interface SignInResult {
  readonly login?: { readonly accountId: string; readonly ts?: number; readonly acr?: string };
  readonly saml?: SamlSessionSource;
}

/** The part of a subject that a later sign-out needs. */
export function sessionSource(subject: SamlSubject): SamlSessionSource {
  const { nameId, nameIdFormat, nameQualifier, spNameQualifier, sessionIndex, sessionEndsAtMs } = subject;
  return {
    nameId,
    ...(nameIdFormat === undefined ? {} : { nameIdFormat }),
    ...(nameQualifier === undefined ? {} : { nameQualifier }),
    ...(spNameQualifier === undefined ? {} : { spNameQualifier }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(sessionEndsAtMs === undefined ? {} : { endsAtMs: sessionEndsAtMs }),
  };
}

/** Keeps which session of the provider a session of the bridge stands on. */
export async function rememberSession(
  store: BridgeStore,
  bridgeSession: string,
  accountId: string,
  source: SamlSessionSource,
  expiresAtMs: number,
): Promise<void> {
  await store.put(
    'SamlSession',
    bridgeSession,
    { ...source, accountId, bridgeSession, lookup: source.nameId },
    expiresAtMs,
  );
}

/** Sessions that a logout request names: those of a person, or only the given ones of theirs. */
export async function sessionsOf(
  store: BridgeStore,
  nameId: string,
  sessionIndexes: readonly string[],
): Promise<readonly SamlSession[]> {
  const sessions = (await store.findByIndex('SamlSession', nameId)) as unknown as SamlSession[];
  return sessions.filter(
    ({ sessionIndex }) => sessionIndexes.length === 0 || sessionIndexes.includes(sessionIndex ?? ''),
  );
}

/** Ends a session of the bridge: its cookie, grants and refresh tokens are worth nothing any more. */
export async function endSession(
  store: BridgeStore,
  { bridgeSession }: Pick<SamlSession, 'bridgeSession'>,
): Promise<void> {
  await store.deleteSession(bridgeSession);
  await store.delete('SamlSession', bridgeSession);
}
