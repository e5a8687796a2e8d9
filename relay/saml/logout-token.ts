import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { samlBridgeClientId } from '../config/saml-issuer.ts';
import type { EndedSession } from './sign-out-routes.ts';

/** Says that a session of the bridge has ended, as any provider would (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export async function makeLogoutToken(
  { subject, sessionId }: EndedSession,
  issuer: string,
  key: JWK,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({
    iss: issuer,
    aud: samlBridgeClientId,
    sub: subject,
    sid: sessionId,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + 120,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: key.kid ?? '' })
    .sign(await importJWK(key, 'ES256'));
}
