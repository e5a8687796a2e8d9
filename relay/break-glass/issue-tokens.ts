import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { breakGlassClientId, breakGlassGroup } from '../config/break-glass-issuer.ts';
import type { BreakGlassAccount } from '../config/break-glass-schema.ts';
import type { SigningKey } from './signing-keys.ts';

/** A sign-in that was proved, approved where that is demanded, and recorded. */
export interface ProvedSignIn {
  readonly account: BreakGlassAccount;
  readonly how: 'passkey' | 'passphrase';
  readonly approvedBy: string | null;
  readonly provedAtMs: number;
  readonly endsAtMs: number;
  readonly sessionId: string;
  readonly nonce: string | undefined;
  /** Thumbprint of the key that the tokens are bound to (RFC 9449 §6.1). */
  readonly jkt: string;
}

/** How a break-glass sign-in was made (`acr`), for rules that ask for step-up and for records. */
export const breakGlassAcr = 'urn:causeway:break-glass';

/** Answer of the token endpoint (RFC 6749 §5.1): a bound access token (RFC 9068), an ID token, and nothing to renew with. */
export async function issueTokens(
  { account, how, approvedBy, provedAtMs, endsAtMs, sessionId, nonce, jkt }: ProvedSignIn,
  { issuer, audience, key, nowMs }: { issuer: string; audience: string; key: SigningKey; nowMs: number },
): Promise<Readonly<Record<string, unknown>>> {
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const common = {
    auth_time: seconds(provedAtMs),
    acr: breakGlassAcr,
    // RFC 8176.
    amr: how === 'passkey' ? ['hwk', 'user', 'mfa'] : ['pwd', 'otp', 'mfa'],
    preferred_username: account.name,
    name: account.full_name ?? account.name,
  };
  const sign = (claims: Record<string, unknown>, aud: string, typ: string): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ })
      .setIssuer(issuer)
      .setSubject(account.name)
      .setAudience(aud)
      .setIssuedAt(seconds(nowMs))
      .setExpirationTime(seconds(endsAtMs))
      .sign(key.privateKey);
  const accessToken = await sign(
    {
      ...common,
      client_id: breakGlassClientId,
      jti: randomUUID(),
      sid: sessionId,
      scope: 'openid',
      groups: [...account.groups, breakGlassGroup],
      cnf: { jkt },
      break_glass: true,
      ...(approvedBy === null ? {} : { break_glass_approved_by: approvedBy }),
    },
    audience,
    'at+jwt',
  );
  const idToken = await sign({ ...common, ...(nonce === undefined ? {} : { nonce }) }, breakGlassClientId, 'JWT');
  return {
    access_token: accessToken,
    token_type: 'DPoP',
    expires_in: Math.max(1, seconds(endsAtMs) - seconds(nowMs)),
    scope: 'openid',
    id_token: idToken,
  };
}
