import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import type { TokenSet } from '../../../client/tokens/token-set.ts';
import type { IssuedCertificate } from '../../support/device-authority.ts';
import { laptopName, relayName, type StoryPlace, type StorySettings, type StoryWorld } from './story-world.ts';

/** A try to open a tunnel with a found token, and why the relay refuses it. */
export interface Theft {
  readonly what: string;
  readonly token: string;
  readonly certificate?: IssuedCertificate;
  readonly refusal: RegExp;
}

/** One way in which a company runs its provider. */
export interface StoryConfiguration extends StorySettings {
  readonly title: string;
  /** Whether the app has a client certificate. */
  readonly showsCertificate: boolean;
  /** What notices that tokens were ended at the provider: the relay's re-check, or the next renewal. */
  readonly endNoticedBy: 'recheck' | 'renewal';
  /** Facts that show that the sign-in was of this kind; compared with {@link StoryConfiguration.facts}. */
  readonly factsOf: (world: StoryWorld, tokens: TokenSet) => object;
  readonly facts: (place: StoryPlace) => object;
  readonly thefts: (place: StoryPlace, token: string) => readonly Theft[];
  /** What the provider says to a refresh token without the key or certificate it is bound to; null when it isn't. */
  readonly refreshTokenAlone: 'invalid_grant' | 'invalid_client' | null;
}

const isJwt = (token: string): boolean => token.split('.').length === 3;
/** The same token with another last but one character: the last one may hold bits that don't count. */
const altered = (token: string): string => `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.slice(-1)}`;

const introspectionBySecret = {
  relay_client: { client_id: 'causeway-relay', secrets: ['${file:relay-client-secret}'] },
  introspection: {},
  recheck_seconds: 1,
};

const otherCertificates = ({ otherLaptop }: StoryPlace, token: string): readonly Theft[] => [
  { what: 'without a certificate', token, refusal: /the connection has none \(cnf\.x5t#S256\)/ },
  { what: 'with another certificate', token, certificate: otherLaptop, refusal: /bound to another client certificate/ },
];

const tlsWithAliases = ({ server, devices }: StoryPlace) =>
  ({ tls: { ...server, clientCa: devices.ca, clientCertificates: 'aliases' } }) as const;

/** The ways, by name. */
export const storyConfigurations = {
  jwt: {
    title: 'with JWT access tokens',
    idp: () => ({ accessTokenFormat: 'jwt', par: 'off', dpop: 'off' }),
    issuer: {},
    logoutNamesSession: false,
    showsCertificate: false,
    endNoticedBy: 'renewal',
    factsOf: ({ idp }, { accessToken, scheme }) => ({
      scheme,
      isJwt: isJwt(accessToken),
      introspections: idp.counts.introspection,
    }),
    facts: () => ({ scheme: 'bearer', isJwt: true, introspections: 0 }),
    thefts: (_place, token) => [{ what: 'altered', token: altered(token), refusal: /isn’t signed by its issuer/ }],
    refreshTokenAlone: null,
  },
  opaque: {
    title: 'with opaque access tokens and introspection',
    idp: () => ({ accessTokenFormat: 'opaque', par: 'off', dpop: 'off' }),
    issuer: introspectionBySecret,
    logoutNamesSession: true,
    showsCertificate: false,
    endNoticedBy: 'recheck',
    factsOf: ({ idp }, { accessToken, scheme }) => ({
      scheme,
      isJwt: isJwt(accessToken),
      isIntrospected: idp.counts.introspection > 0,
    }),
    facts: () => ({ scheme: 'bearer', isJwt: false, isIntrospected: true }),
    thefts: (_place, token) => [{ what: 'altered', token: altered(token), refusal: /isn’t active/ }],
    refreshTokenAlone: null,
  },
  dpopAndPar: {
    title: 'with DPoP, nonces on both sides, and pushed authorization requests',
    idp: () => ({ accessTokenFormat: 'jwt', par: 'required', dpop: 'nonce' }),
    issuer: { dpop: 'required', dpop_nonce: true },
    logoutNamesSession: true,
    showsCertificate: false,
    endNoticedBy: 'renewal',
    factsOf: ({ idp }, { accessToken, scheme, proofKey }) => ({
      scheme,
      hasKey: proofKey !== null,
      pushed: idp.counts.par > 0,
      binding: decodeJwt(accessToken)['cnf'],
    }),
    facts: () => ({
      scheme: 'dpop',
      hasKey: true,
      pushed: true,
      binding: { jkt: expect.stringMatching(/^[\w-]{43}$/) },
    }),
    thefts: (_place, token) => [{ what: 'without a proof', token, refusal: /comes without a proof \(DPoP\)/ }],
    refreshTokenAlone: 'invalid_grant',
  },
  mutualTls: {
    title: 'with JWTs bound to the app’s certificate (RFC 8705)',
    idp: (place) => ({ ...tlsWithAliases(place), certificateBound: true, par: 'on', dpop: 'off' }),
    issuer: { ca: 'ca.pem', dpop: 'off' },
    logoutNamesSession: false,
    showsCertificate: true,
    endNoticedBy: 'renewal',
    factsOf: (_world, { accessToken }) => ({ binding: decodeJwt(accessToken)['cnf'] }),
    facts: ({ laptop }) => ({ binding: { 'x5t#S256': laptop.thumbprint } }),
    thefts: otherCertificates,
    refreshTokenAlone: 'invalid_grant',
  },
  mutualTlsEverywhere: {
    title: 'with opaque tokens bound to a certificate, and both clients known by theirs (tls_client_auth)',
    idp: (place) => ({
      ...tlsWithAliases(place),
      accessTokenFormat: 'opaque',
      certificateBound: true,
      certificateNames: { desktop: laptopName, relay: relayName },
      par: 'on',
      dpop: 'off',
    }),
    issuer: {
      ca: 'ca.pem',
      dpop: 'off',
      relay_client: {
        client_id: 'causeway-relay',
        method: 'tls_client_auth',
        certificate: 'relay-client.pem',
        certificate_key: 'relay-client-key.pem',
      },
      introspection: {},
      recheck_seconds: 1,
    },
    logoutNamesSession: true,
    showsCertificate: true,
    endNoticedBy: 'recheck',
    factsOf: ({ idp }, { accessToken }) => ({
      isJwt: isJwt(accessToken),
      isIntrospected: idp.counts.introspection > 0,
      pushed: idp.counts.par > 0,
    }),
    facts: () => ({ isJwt: false, isIntrospected: true, pushed: true }),
    thefts: otherCertificates,
    refreshTokenAlone: 'invalid_client',
  },
} as const satisfies Readonly<Record<string, StoryConfiguration>>;
