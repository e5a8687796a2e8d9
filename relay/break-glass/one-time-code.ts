import { hkdfSync } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

const period = 30;
const digits = 6;
/** Codes of the step before and the step after count, too (RFC 6238 §5.2). */
const window = 1;

/** What an authenticator app is given, once. */
export interface TotpEnrolment {
  readonly secret: string;
  /** Key URI for apps, and the same as a picture (SVG). */
  readonly uri: string;
  readonly picture: string;
}

/** A new secret of 160 bits (RFC 4226 §4). */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The secret that a page offers: it follows from the page’s own id, which is kept nowhere, so that neither is. Pure. */
export function totpSecretOf(page: string): string {
  const bytes = hkdfSync('sha256', page, 'causeway break-glass', 'one-time codes', 20);
  return new Secret({ buffer: bytes }).base32;
}

/** How an app learns the secret. @param issuer the relay’s name, which the app shows */
export function totpEnrolment(secret: string, issuer: string, account: string): TotpEnrolment {
  const uri = totpOf(secret, issuer, account).toString();
  return { secret, uri, picture: renderSVG(uri, { border: 2, ecc: 'M' }) };
}

/**
 * The step whose code this is; null for a wrong code, and for one of a step up to `lastStep`, whose code was used
 * (RFC 6238 §5.2).
 */
export function stepOfCode(code: string, secret: string, lastStep: number, nowMs: number): number | null {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const delta = totpOf(secret, '', '').validate({ token, timestamp: nowMs, window });
  if (delta === null) return null;
  const step = Math.floor(nowMs / 1000 / period) + delta;
  return step > lastStep ? step : null;
}

function totpOf(secret: string, issuer: string, label: string): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(secret), digits, period, algorithm: 'SHA1' });
}
