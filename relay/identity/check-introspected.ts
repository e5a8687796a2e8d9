import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { checkAudience, checkTimes } from './check-token.ts';
import { mark, quoted, refused } from './refuse.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Life of a token whose provider doesn't say when it ends. */
const unsaidLifetimeSeconds = 300;

/**
 * Checks an active answer as {@link checkToken} checks a token, and fills in what RFC 7662 §2.2 leaves optional: the
 * subject from the user name, the end from a short life. A token of nobody but a client that isn't the app's own is that
 * client's: a service (RFC 9068 §2.2). Pure.
 * @throws AccessError `token-rejected`, `clock-skew` or `sign-in-expired`
 */
export function checkIntrospected(answer: Claims, issuer: IssuerConfig, nowMs: number): Claims {
  const type = answer['token_type'];
  if (type !== undefined && !(typeof type === 'string' && /^(?:bearer|dpop|access_token|n_a)$/i.test(type)))
    throw refused(
      `is a ${quoted(type)}, says ${issuer.name}`,
      sentence('token-of-other-kind', { mark: mark('token_type', type) }),
    );
  const kind = answer['typ'];
  if (typeof kind === 'string' && /^(?:id|refresh|offline|logout)$/i.test(kind))
    throw refused(
      `isn’t an access token, says ${issuer.name} (typ)`,
      sentence('token-of-other-kind', { mark: mark('typ', kind) }),
    );
  // Without an audience, only a token that says it is an access token of the app itself can be meant for the relay.
  if (answer['aud'] !== undefined) checkAudience(answer['aud'], issuer);
  else if (type === undefined || answer['client_id'] !== issuer.client_id)
    throw refused(
      `isn’t known to be meant for this relay: ${issuer.name} names no aud`,
      sentence('token-lacks', { claim: 'aud' }),
    );
  const claims = {
    ...answer,
    sub: answer['sub'] ?? answer['username'] ?? (isOfService(answer, issuer) ? answer['client_id'] : undefined),
    exp: answer['exp'] ?? Math.floor(nowMs / 1000) + unsaidLifetimeSeconds,
  };
  if (typeof claims.sub !== 'string' || claims.sub === '' || claims.sub.length > 1024)
    throw refused('has no usable sub claim', sentence('token-lacks', { claim: 'sub' }));
  checkTimes(claims, { ...issuer, typ: 'any' }, nowMs);
  return claims;
}

/** People's tokens come from the app's own client: without a subject nobody could tell them apart. */
function isOfService({ client_id: clientId }: Claims, issuer: IssuerConfig): boolean {
  return typeof clientId === 'string' && clientId !== issuer.client_id;
}
