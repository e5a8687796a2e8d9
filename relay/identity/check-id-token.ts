import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { checkSignedHeader, checkTimes } from './check-token.ts';
import type { DecodedToken } from './decode-token.ts';
import { readSubject } from './read-subject.ts';
import { mark, quoted, refused } from './refuse.ts';

/**
 * Checks all that needs no key of an ID token (OpenID Connect Core 1.0 §2, §3.1.3.7) that stands for an access token, at
 * an issuer that is configured so. It must be for the app and nobody else; every other kind of token is refused. Its
 * nonce says nothing here: the app has checked it against its own sign-in. Pure.
 * @throws AccessError `token-rejected`, `clock-skew` or `sign-in-expired`
 */
export function checkIdToken({ header, claims }: DecodedToken, issuer: IssuerConfig, nowMs: number): void {
  checkSignedHeader(header, issuer);
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === 'string' && /^(?:application\/)?jwt$/i.test(typ)))
    throw refused(
      `has typ ${quoted(typ)}, so it isn’t an ID token, which this relay wants from ${issuer.name}`,
      sentence('token-of-other-kind', { mark: mark('typ', typ) }),
    );
  for (const [name, kind] of others)
    if (Object.hasOwn(claims, name))
      throw refused(`is ${kind} (${name}), not an ID token`, sentence('token-of-other-kind', { mark: name }));
  const use = claims['token_use'] ?? claims['typ'];
  if (use !== undefined && !(typeof use === 'string' && /^id$/i.test(use)))
    throw refused(
      `is for ${quoted(use)}, not an ID token`,
      sentence('token-of-other-kind', { mark: mark('token_use', use) }),
    );
  const audience = claims['aud'];
  const values: unknown = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(values) || values.length !== 1 || values[0] !== issuer.client_id) {
    const named: unknown = Array.isArray(values) ? values[0] : values;
    const why = sentence('token-not-for-relay', { mark: mark('aud', named) });
    throw refused(`isn’t meant for the app alone (aud ${quoted(named)})`, why);
  }
  const { azp } = claims;
  if (azp !== undefined && azp !== issuer.client_id)
    throw refused(
      `was given to another app (azp ${quoted(azp)})`,
      sentence('token-not-for-relay', { mark: mark('azp', azp) }),
    );
  readSubject(claims, issuer);
  if (!Object.hasOwn(claims, 'iat')) throw refused('has no iat claim', sentence('token-lacks', { claim: 'iat' }));
  checkTimes(claims, issuer, nowMs);
}

/** Claims that an ID token never has, and what has them. */
const others = [
  ['scope', 'an access token'],
  ['scp', 'an access token'],
  ['cnf', 'bound to a key, which an ID token can’t prove'],
  ['events', 'a logout or event token'],
  ['htm', 'a DPoP proof'],
  ['htu', 'a DPoP proof'],
] as const;
