import { z } from 'zod';
import { shownText } from './shown-text.ts';

/** Path of the relay's discovery document. */
export const discoveryPath = '/.well-known/causeway';
/** Path of the relay's catalog, `GET` with a bearer or DPoP token. */
export const catalogPath = '/v1/catalog';
/** Where a person signs out at the relay, `POST` with a bearer or DPoP token. */
export const signOutPath = '/v1/sign-out';
/** Path of the tunnel's WebSocket upgrade. */
export const tunnelPath = '/v1/tunnel';
/** Header in which a client that opens a tunnel says its version. */
export const clientVersionHeader = 'causeway-version';
/** Path of the relay's own keys (RFC 7517), for upstreams that verify `X-Causeway-Identity`. */
export const relayJwksPath = '/.well-known/jwks.json';

const httpUrl = z.url({ protocol: /^https?$/ });
const oneLine = (name: string): string => shownText(name);

/** In seconds, from the sign-in on. */
export const signInTimesSchema = z.object({
  lastsSeconds: z.number().positive().optional(),
  warnSeconds: z.number().min(0).optional(),
});

const discoveryIssuerSchema = z.object({
  name: z.string().min(1).transform(oneLine),
  /** OpenID issuer identifier, compared exactly. */
  issuer: httpUrl,
  clientId: z.string().min(1),
  scopes: z.array(z.string()).min(1),
  /** Resource indicator to ask for (RFC 8707), when configured. */
  resource: z.string().optional(),
  /** `required`: the relay refuses tokens not bound by DPoP (RFC 9449). */
  dpop: z.enum(['required', 'when-offered', 'off']),
  /** Loopback ports for providers that allow only listed redirect addresses; empty means any. */
  redirectPorts: z.array(z.int().min(1).max(65535)),
  /** Secret that a provider gives its public clients, known to everybody (RFC 8252 §8.5); left out for none. */
  clientSecret: z.string().min(1).optional(),
  /** How long a sign-in lasts at this provider, and how long before its end people are told; left out where nobody said. */
  signIn: signInTimesSchema.optional(),
  /** Which token to present to the relay; the access token when left out. */
  tokenKind: z.enum(['access_token', 'id_token']).optional(),
});

/**
 * What a client needs to know before sign-in; the relay publishes it without authentication.
 * An employee types only the relay's address, all else comes from here.
 */
export const discoveryDocumentSchema = z.object({
  causeway: z.literal(1),
  /** Name of the relay or company, as people know it. */
  name: z.string().min(1).max(100).transform(oneLine),
  /** The relay's public address; the audience of DPoP proofs. */
  relayUrl: httpUrl,
  version: z.string(),
  /** Lowest client version that the relay works with. */
  minimumClientVersion: z.string().optional(),
  /** Clients below it should be updated; they go on meanwhile. */
  recommendedClientVersion: z.string().optional(),
  /** Where people get a newer one, in IT's words. */
  howToUpdate: z.string().max(300).transform(oneLine).optional(),
  /** Subprotocols of the tunnel, best first. */
  tunnelProtocols: z.array(z.string()).min(1),
  /** The relay's clock, ISO 8601: lets the client name clock skew. */
  time: z.iso.datetime(),
  issuers: z.array(discoveryIssuerSchema).min(1),
  /** Accounts of the relay’s own, for when company sign-in is down; left out where there are none. */
  breakGlass: discoveryIssuerSchema.optional(),
});

export type DiscoveryDocument = z.infer<typeof discoveryDocumentSchema>;
export type DiscoveryIssuer = DiscoveryDocument['issuers'][number];
