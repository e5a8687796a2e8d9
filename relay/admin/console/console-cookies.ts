/** Holds the id of a session; sent by pages of this very site alone. */
export const sessionCookie = '__Host-causeway-console';
/** Holds a sign-in that is under way; comes along when the provider sends the browser back. */
export const pendingCookie = '__Host-causeway-console-sign-in';

const maxCookieHeaderLength = 16_384;

/**
 * Value of a cookie in a `Cookie` header (RFC 6265 §5.4); null when there is none, or several: then another page has put
 * one in its way.
 */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined || header.length > maxCookieHeaderLength) return null;
  const values = header.split(';').flatMap((pair) => {
    const [key, ...rest] = pair.split('=');
    return key?.trim() === name ? [rest.join('=').trim()] : [];
  });
  return values.length === 1 ? (values[0] ?? null) : null;
}

/**
 * A `Set-Cookie` value. `__Host-` makes browsers demand Secure, no domain and the root path (RFC 6265bis §4.1.3.2), so
 * that no neighbour can put one in its place.
 */
export function setCookie(name: string, value: string, sameSite: 'Strict' | 'Lax', maxAgeSeconds?: number): string {
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}${age}`;
}

/** A `Set-Cookie` value that makes the browser forget the cookie. */
export function clearCookie(name: string, sameSite: 'Strict' | 'Lax'): string {
  return setCookie(name, '', sameSite, 0);
}
