import type { JWSHeaderParameters } from 'jose';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { checkAudienceOf, checkSignedHeader } from '../identity/check-token.ts';
import { decodeToken } from '../identity/decode-token.ts';
import type { IssuerKeys } from '../identity/issuer-keys.ts';
import { quoted } from '../identity/refuse.ts';
import { verifySignature } from '../identity/verify-signature.ts';
import { type SetError, SetRefusal } from './set-refusal.ts';

/** A security event token (RFC 8417) that is what it says. Times are milliseconds since the epoch. */
export interface VerifiedSet {
  readonly jti: string;
  readonly issuedAtMs: number;
  /** `toe`: when what it tells of happened. */
  readonly happenedAtMs: number | null;
  /** Whom it is about, where the token says so for all of its events (`sub_id`). */
  readonly subject: unknown;
  /** By type, in their order. */
  readonly events: readonly (readonly [type: string, payload: Readonly<Record<string, unknown>>])[];
}

/** What a token is checked by. */
export interface SetExpectations {
  /** The transmitter as its keys are fetched: name, issuer, algorithms, leeway. */
  readonly issuer: IssuerConfig;
  readonly keys: Pick<IssuerKeys, 'keyFor'>;
  readonly audience: string;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly nowMs: number;
}

const maxEvents = 20;

/**
 * Checks a token as RFC 8417 §2 and SSF 1.0 §4.1 say; that it wasn’t used before is for the caller to see.
 * @throws SetRefusal; AccessError `idp-unreachable` while its key can’t be known
 */
export async function verifySet(token: string, expected: SetExpectations): Promise<VerifiedSet> {
  const { issuer, keys, audience, maxAgeMs, maxBytes, nowMs } = expected;
  const { header, claims } = await judged('invalid_request', () => decodeToken(token, maxBytes));
  const { typ } = header;
  if (typeof typ !== 'string' || !/^(?:application\/)?secevent\+jwt$/i.test(typ))
    throw new SetRefusal('invalid_request', `The token has typ ${quoted(typ)}, not secevent+jwt.`);
  await judged('invalid_request', () => checkSignedHeader(header, issuer));
  const { iss, aud, jti, iat, exp, toe, events, sub_id: subject } = claims;
  if (iss !== issuer.issuer) throw new SetRefusal('invalid_issuer', `The token comes from ${quoted(iss)}.`);
  await judged('invalid_audience', () => checkAudienceOf(aud, [audience]));
  if (typeof jti !== 'string' || jti === '' || jti.length > 1024)
    throw new SetRefusal('invalid_request', 'The token has no usable jti.');
  const leewayMs = issuer.clock_leeway_seconds * 1000;
  const issuedAtMs = timeOf(iat);
  if (issuedAtMs === null) throw new SetRefusal('invalid_request', 'The token has no usable iat.');
  if (issuedAtMs > nowMs + leewayMs) throw new SetRefusal('invalid_request', 'The token is from the future (iat).');
  if (issuedAtMs < nowMs - maxAgeMs - leewayMs)
    throw new SetRefusal('invalid_request', `The token is older than ${maxAgeMs / 1000} s (iat).`);
  // SETs have no end by themselves (RFC 8417 §2.2), but one that says so all the same is believed.
  const endsAtMs = exp === undefined ? Number.POSITIVE_INFINITY : timeOf(exp);
  if (endsAtMs === null || endsAtMs + leewayMs <= nowMs)
    throw new SetRefusal('invalid_request', 'The token has ended (exp).');
  const listed = eventsOf(events);

  const { key } = await judged('invalid_key', () => keys.keyFor(header as JWSHeaderParameters));
  if (!verifySignature(token, String(header['alg']), key))
    throw new SetRefusal('authentication_failed', 'The token isn’t signed by its issuer.');
  return { jti, issuedAtMs, happenedAtMs: timeOf(toe), subject, events: listed };
}

function eventsOf(events: unknown): VerifiedSet['events'] {
  if (typeof events !== 'object' || events === null || Array.isArray(events))
    throw new SetRefusal('invalid_request', 'The token has no events.');
  const listed = Object.entries(events as Readonly<Record<string, unknown>>);
  if (listed.length === 0 || listed.length > maxEvents)
    throw new SetRefusal('invalid_request', `The token has ${listed.length} events; 1 to ${maxEvents} are taken.`);
  return listed.map(([type, payload]) => {
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
      throw new SetRefusal('invalid_request', `The event ${quoted(type)} isn’t an object.`);
    return [type, payload as Readonly<Record<string, unknown>>];
  });
}

/** A NumericDate in milliseconds; null for what isn’t one. */
export function timeOf(value: unknown): number | null {
  return typeof value === 'number' && value > 0 && value < 8_640_000_000_000 ? Math.round(value * 1000) : null;
}

/** What the checks of other tokens refuse, in the words of this one. That a key can’t be known now passes as it is. */
async function judged<Result>(err: SetError, check: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof AccessError) || error.code === 'idp-unreachable') throw error;
    throw new SetRefusal(err, error.message.replace('The access token', 'The token'), error);
  }
}
