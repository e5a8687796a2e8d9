import { decodeJwt } from 'jose';
import type { TokenEndpointResponse } from 'openid-client';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { signInTimesSchema } from '../../shared/discovery-document.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { storedProofKeySchema } from './proof-key.ts';
import { text } from '../../shared/messages/text.ts';

/** What is known of a sign-in, also when it has ended. */
const signInSchema = z.object({
  version: z.literal(1),
  /** The relay's own name for itself: what DPoP proofs name. */
  relayUrl: z.url(),
  issuer: z.object({
    name: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    resource: z.string().optional(),
    dpop: z.enum(['required', 'when-offered', 'off']),
    redirectPorts: z.array(z.number()),
    clientSecret: z.string().optional(),
    signIn: signInTimesSchema.optional(),
    tokenKind: z.enum(['access_token', 'id_token']).optional(),
  }),
  scheme: z.enum(['bearer', 'dpop']),
  expiresAtMs: z.number(),
  /** When the present access token was received; with `expiresAtMs` it tells when to renew. */
  renewedAtMs: z.number(),
  /** When the refresh token ends, as the provider says; fixed when renewing doesn't move it. */
  refreshEnd: z.object({ atMs: z.number(), isFixed: z.boolean() }).optional(),
  idToken: z.string().nullable(),
  proofKey: storedProofKeySchema.nullable(),
  signedInAtMs: z.number(),
  /** Random for each sign-in, so that a later one in the same place is told from a renewal. */
  signInId: z.string().default(''),
  generation: z.int(),
});

/** Everything secret of one signed-in profile. `generation` counts what was stored, so that one process sees what another has done. */
export const tokenSetSchema = signInSchema.extend({
  /** What is presented to the relay: the access token, or the ID token where the relay wants that. */
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  ended: z.null(),
});
export type TokenSet = z.infer<typeof tokenSetSchema>;

/** A sign-in that was ended at the provider or the relay: the person is needed, and nothing is left to present. */
const endedSignInSchema = signInSchema.extend({
  ended: z.object({
    detail: z.string(),
    /** Left out for `sign-in-expired`. */
    code: z.literal('session-revoked').optional(),
    /** When it was ended; left out where only the end is known. */
    atMs: z.number().optional(),
  }),
});
export type EndedTokens = z.infer<typeof endedSignInSchema>;

/** What is kept of a sign-in, as one JSON value of the secret store. */
export const storedTokensSchema = z.union([tokenSetSchema, endedSignInSchema]);
export type StoredTokens = z.infer<typeof storedTokensSchema>;

/** How a stored sign-in was ended, as the failure that it was then. */
export function endOfSignIn({ code, detail, atMs }: EndedTokens['ended']): AccessError {
  return new AccessError(code ?? 'sign-in-expired', detail, { atMs });
}

const assumedLifetimeMs = 5 * 60_000;

function expiryOf(response: TokenEndpointResponse, nowMs: number): number {
  if (response.expires_in !== undefined) return nowMs + response.expires_in * 1000;
  try {
    const { exp } = decodeJwt(response.access_token);
    if (exp !== undefined) return exp * 1000;
  } catch {
    // An opaque token says nothing about its end; the assumed lifetime only decides when to renew.
  }
  return nowMs + assumedLifetimeMs;
}

/**
 * The members that each answer of the token endpoint replaces (RFC 6749 §5.1, §6).
 * @throws AccessError `idp-misconfigured` when the relay wants an ID token and the answer has none
 */
export function fromTokenResponse(
  given: TokenEndpointResponse,
  previous: Pick<TokenSet, 'refreshToken' | 'idToken' | 'generation' | 'refreshEnd'>,
  nowMs: number,
  tokenKind: 'access_token' | 'id_token' = 'access_token',
): Pick<
  TokenSet,
  | 'scheme'
  | 'accessToken'
  | 'expiresAtMs'
  | 'renewedAtMs'
  | 'refreshToken'
  | 'refreshEnd'
  | 'idToken'
  | 'generation'
  | 'ended'
> {
  const response = tokenKind === 'id_token' ? withIdToken(given) : given;
  return {
    scheme: response.token_type.toLowerCase() === 'dpop' ? 'dpop' : 'bearer',
    accessToken: response.access_token,
    expiresAtMs: expiryOf(response, nowMs),
    renewedAtMs: nowMs,
    refreshToken: response.refresh_token ?? previous.refreshToken,
    ...refreshEndOf(response, previous.refreshEnd, nowMs),
    idToken: response.id_token ?? previous.idToken,
    generation: previous.generation + 1,
    ended: null,
  };
}

/** Answers a little earlier or later than the seconds that they were counted from. */
const sameEndMs = 30_000;

/** `refresh_expires_in` (Keycloak) and `refresh_token_expires_in` (Microsoft, Okta and others) are no part of OAuth, and common. */
function refreshEndOf(
  response: TokenEndpointResponse,
  previous: TokenSet['refreshEnd'],
  nowMs: number,
): Pick<TokenSet, 'refreshEnd'> {
  const seconds = Number(response['refresh_expires_in'] ?? response['refresh_token_expires_in']);
  // Keycloak says 0 for tokens that don't end.
  if (!Number.isFinite(seconds) || seconds <= 0) return {};
  const atMs = nowMs + seconds * 1000;
  return { refreshEnd: { atMs, isFixed: previous !== undefined && Math.abs(previous.atMs - atMs) < sameEndMs } };
}

/** The answer as if its ID token were the access token: a bearer token that says itself when it ends. */
function withIdToken({ id_token: idToken, ...response }: TokenEndpointResponse): TokenEndpointResponse {
  if (idToken === undefined) throw new AccessError('idp-misconfigured', text('failure.no-id-token'));
  const { expires_in: _accessTokenEnd, ...others } = response;
  return { ...others, token_type: 'bearer', access_token: idToken, id_token: idToken };
}

/** One profile's place in the secret store. */
export interface TokenVault {
  /** Null when nothing usable is stored. */
  read(): Promise<StoredTokens | null>;
  write(tokens: StoredTokens): Promise<void>;
  clear(): Promise<void>;
  /** Sign-ins of the profile in places that aren't in use: those that could be read, and where others are. */
  elsewhere(): Promise<{ readonly tokens: readonly StoredTokens[]; readonly closed: readonly string[] }>;
}

function parseTokens(stored: string): StoredTokens | null {
  let json: unknown;
  try {
    json = JSON.parse(stored);
  } catch (cause) {
    throw new AccessError('internal', text('failure.damaged'), { cause });
  }
  const parsed = storedTokensSchema.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** Opens the place of a profile; a value of another shape counts as none. */
export function openTokenVault(secrets: SecretStore, profileId: string): TokenVault {
  const name = `tokens:${profileId}`;
  return {
    async read() {
      const text = await secrets.get(name);
      return text === null ? null : parseTokens(text);
    },
    write: (tokens) => secrets.set(name, JSON.stringify(tokens)),
    clear: () => secrets.delete(name),
    async elsewhere() {
      const { values, closed } = await secrets.elsewhere(name);
      return { tokens: values.map(parseTokens).filter((tokens) => tokens !== null), closed };
    },
  };
}
