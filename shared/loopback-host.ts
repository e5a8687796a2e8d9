/**
 * Whether a URL’s host can only mean this computer: 127.0.0.0/8, ::1, `localhost` and names under it (RFC 6761 §6.3).
 * Plain `http:` is allowed only there, and a proxy is never used for it.
 */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return host === '[::1]' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
