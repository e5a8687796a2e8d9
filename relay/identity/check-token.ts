import { type Reason, reason as sentence } from '../../shared/reason.ts';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import type { DecodedToken } from './decode-token.ts';
import { readSubject } from './read-subject.ts';
import { mark, quoted, refused } from './refuse.ts';

const embeddedKeys = ['jwk', 'jku', 'x5u', 'x5c'] as const;
const strictTypes = new Set(['at+jwt', 'application/at+jwt']);
const lenientTypes = new Set([...strictTypes, 'jwt', 'application/jwt']);
/** Largest NumericDate that a date can hold. */
const maxNumericDate = 8_640_000_000_000;

/**
 * Checks all that needs no key: header (RFC 8725 §3) and claims (RFC 9068 §4) of a token that names this issuer. Pure.
 * @throws AccessError `token-rejected`, `clock-skew` or `sign-in-expired`
 */
export function checkToken(token: DecodedToken, issuer: IssuerConfig, nowMs: number): void {
  const { header, claims } = token;
  checkHeader(header, issuer);
  checkKind(token, issuer);
  checkMeantForRelay(claims, issuer);
  readSubject(claims, issuer);
  checkTimes(claims, issuer, nowMs);
}

/** What holds for every signed token of an issuer: a known algorithm, nothing to be obeyed or fetched. @throws AccessError */
export function checkSignedHeader(header: DecodedToken['header'], issuer: IssuerConfig): void {
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !(issuer.algorithms as readonly string[]).includes(alg))
    throw refused(
      `is signed with algorithm ${quoted(alg)}, which isn’t allowed for ${issuer.name}`,
      badSignature(mark('alg', alg)),
    );
  if (Object.hasOwn(header, 'crit'))
    throw refused('demands extensions (crit) that the relay doesn’t know', badSignature('crit'));
  if (Object.hasOwn(header, 'b64')) throw refused('has an unencoded payload (b64)', badSignature('b64'));
  for (const name of embeddedKeys)
    if (Object.hasOwn(header, name))
      throw refused(`brings its own key (${name}); keys come only from the issuer`, badSignature(name));
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 1024))
    throw refused('has an unusable kid', badSignature('kid'));
}

function checkHeader(header: DecodedToken['header'], issuer: IssuerConfig): void {
  checkSignedHeader(header, issuer);
  const { typ } = header;
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ;
  if (issuer.typ === 'strict' && !(typeof type === 'string' && strictTypes.has(type)))
    throw refused(
      `has typ ${quoted(typ)} instead of at+jwt; for a provider that sends no other, set typ: any`,
      otherKind(mark('typ', typ)),
    );
  if (type !== undefined && !(typeof type === 'string' && lenientTypes.has(type)))
    throw refused(`has typ ${quoted(typ)}, so it isn’t an access token`, otherKind(mark('typ', typ)));
}

/**
 * Other tokens of the same issuer must not pass, whatever their typ (RFC 8725 §2.8). A `nonce` alone makes no ID token
 * of what says that it is an access token: Keycloak puts it into both.
 */
function checkKind({ header, claims }: DecodedToken, issuer: IssuerConfig): void {
  for (const name of ['at_hash', 'c_hash', 's_hash'])
    if (Object.hasOwn(claims, name)) throw refused(`is an ID token (${name}), not an access token`, otherKind(name));
  const use = claims['token_use'];
  if (use !== undefined && use !== 'access')
    throw refused(`is for ${quoted(use)} (token_use), not an access token`, otherKind(mark('token_use', use)));
  if (Object.hasOwn(claims, 'events'))
    throw refused('is a logout or event token, not an access token', otherKind('events'));
  if (Object.hasOwn(claims, 'htm') || Object.hasOwn(claims, 'htu'))
    throw refused('is a DPoP proof, not an access token', otherKind('htm, htu'));
  const kind = claims['typ'];
  if (typeof kind === 'string' && /^(?:id|refresh|offline|logout)$/i.test(kind))
    throw refused('says itself that it isn’t an access token (typ claim)', otherKind(mark('typ', kind)));
  const own = issuer.access_token_claim;
  if (own !== undefined && (claimAt(claims, own) ?? null) === null)
    throw refused(`has no ${own} claim, which all access tokens of ${issuer.name} have`, otherKind(own));
  const { typ } = header;
  if (typeof typ === 'string' && strictTypes.has(typ.toLowerCase())) return;
  if (use === 'access' || (typeof kind === 'string' && /^(?:bearer|dpop)$/i.test(kind))) return;
  if (Object.hasOwn(claims, 'nonce')) throw refused('is an ID token (nonce), not an access token', otherKind('nonce'));
  if (own !== undefined) return;
  if (issuer.audience_claim === 'client_id')
    throw refused('doesn’t say that it is an access token (token_use), and names no audience', otherKind('token_use'));
  // An ID token's audience is the client; an access token for the same app says at least what it may do.
  const isForClient = [claims['aud']].flat().includes(issuer.client_id);
  if (isForClient && !['scp', 'scope', 'idtyp', 'roles'].some((name) => Object.hasOwn(claims, name)))
    throw refused(
      'is an ID token (its audience is the app, and it has no scope), not an access token',
      otherKind('aud, scope'),
    );
}

/**
 * The token must be meant for the relay: by its audience, or, at an issuer that is configured so, by the app that got it.
 * An audience that such a token names all the same must be accepted, too.
 */
function checkMeantForRelay(claims: DecodedToken['claims'], issuer: IssuerConfig): void {
  if (issuer.audience_claim === 'aud') {
    checkAudience(claims['aud'], issuer);
    return;
  }
  const client = claims['client_id'];
  const accepted = [issuer.audience, ...issuer.accepted_audiences];
  if (typeof client !== 'string') throw refused('has no usable client_id claim', lacks('client_id'));
  if (!accepted.includes(client))
    throw refused(
      `was given to the app ${quoted(client)}, not to ${issuer.audience}`,
      notForRelay(mark('client_id', client)),
    );
  if (Object.hasOwn(claims, 'aud')) checkAudience(claims['aud'], issuer);
}

/** The audience must be the relay’s, as a list or one text (RFC 7519 §4.1.3). @throws AccessError */
export function checkAudience(audience: unknown, issuer: IssuerConfig): void {
  const values = checkAudienceOf(audience, [issuer.audience, ...issuer.accepted_audiences]);
  if (issuer.exclusive_audience && values.length !== 1)
    throw refused('names further audiences than this relay', notForRelay('aud'));
}

/** One of the audiences must be accepted. @throws AccessError */
export function checkAudienceOf(audience: unknown, accepted: readonly (string | undefined)[]): readonly string[] {
  const values: unknown = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string'))
    throw refused('has no usable aud claim', lacks('aud'));
  if (!values.some((value) => accepted.includes(value)))
    throw refused(`is meant for ${quoted(values[0])}, not for ${accepted[0]}`, notForRelay(mark('aud', values[0])));
  return values;
}

/** Judges exp, nbf and iat with the issuer’s leeway. @throws AccessError `sign-in-expired`, `clock-skew` */
export function checkTimes(claims: DecodedToken['claims'], issuer: IssuerConfig, nowMs: number): void {
  const expMs = numericDate(claims, 'exp');
  const iatMs = numericDate(claims, 'iat');
  const nbfMs = numericDate(claims, 'nbf');
  const leewayMs = issuer.clock_leeway_seconds * 1000;
  if (expMs === undefined) throw refused('has no exp claim', lacks('exp'));
  if (iatMs === undefined && issuer.typ === 'strict') throw refused('has no iat claim', lacks('iat'));
  if (iatMs !== undefined && iatMs >= expMs)
    throw refused('ends before it was issued', sentence('token-unreadable', { mark: 'iat, exp' }));
  for (const [name, timeMs] of [
    ['nbf', nbfMs],
    ['iat', iatMs],
  ] as const) {
    if (timeMs === undefined || timeMs <= nowMs + leewayMs) continue;
    const aheadSeconds = Math.ceil((timeMs - nowMs) / 1000);
    throw new AccessError(
      'clock-skew',
      `The access token is from the future: its ${name} is ${aheadSeconds} s ahead of the relay’s clock, ` +
        `which reads ${new Date(nowMs).toISOString()}. One of the relay’s and ${issuer.name}’s clocks is wrong.`,
      {
        reasons: [
          sentence('token-from-future', { seconds: aheadSeconds, time: { atMs: nowMs }, provider: issuer.name }),
        ],
      },
    );
  }
  if (expMs + leewayMs <= nowMs) {
    const seconds = Math.floor((nowMs - expMs) / 1000);
    throw new AccessError(
      'sign-in-expired',
      `The access token ended ${seconds} s ago by the relay’s clock, ` +
        `which reads ${new Date(nowMs).toISOString()}.`,
      { reasons: [sentence('token-ended', { seconds, time: { atMs: nowMs } })] },
    );
  }
}

function otherKind(what: string): Reason {
  return sentence('token-of-other-kind', { mark: what });
}

function badSignature(what: string): Reason {
  return sentence('token-signature-unfit', { mark: what });
}

function notForRelay(what: string): Reason {
  return sentence('token-not-for-relay', { mark: what });
}

function lacks(claim: string): Reason {
  return sentence('token-lacks', { claim });
}

/** A NumericDate claim (RFC 7519 §2) in milliseconds. */
function numericDate(claims: DecodedToken['claims'], name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  if (typeof value !== 'number' || !(value > 0) || value > maxNumericDate)
    throw refused(`has an ${name} claim that isn’t a time`, sentence('token-unreadable', { mark: name }));
  return value * 1000;
}
