/**
 * What becomes of a request header on its way to an upstream. `hop` never passes (RFC 9110 §7.6.1), `spoofable` says
 * who is calling or how the request came, and only the relay may say that.
 */
export type HeaderFate = 'pass' | 'hop' | 'spoofable' | 'host' | 'content-length' | 'expect';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Compared after folding every character but letters and digits to “-”, as CGI-style servers do. */
const spoofableNames = new Set([
  'forwarded',
  'x-forwarded',
  'via',
  // Becomes HTTP_PROXY in CGI-style servers, which then use it as their own proxy.
  'proxy',
  'remote-user',
  'remote-addr',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-original-url',
  'x-original-uri',
  'x-original-host',
  'x-original-method',
  'x-rewrite-url',
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-user',
  'x-username',
  'x-user-id',
  'x-email',
  'x-groups',
  'x-roles',
  'x-accel-redirect',
  'x-sendfile',
]);

const spoofablePrefixes = [
  'x-causeway-',
  'x-forwarded-',
  'x-auth-request-',
  'x-authenticated-',
  'x-remote-',
  'x-webauth-',
  'x-ssl-',
  'ssl-client-',
  'x-client-cert',
  'x-amzn-oidc-',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-ms-client-principal',
  'x-pomerium-',
  'cf-access-',
  'oidc-claim-',
  'x-oidc-',
  'proxy-',
];

const fates = new Map<string, HeaderFate>();
const maxRemembered = 2000;

/** Decides by name, in any case and spelling; the answer for a name is remembered. */
export function headerFate(name: string): HeaderFate {
  const known = fates.get(name);
  if (known !== undefined) return known;
  const fate = judge(name.toLowerCase());
  if (fates.size >= maxRemembered) fates.clear();
  fates.set(name, fate);
  return fate;
}

function judge(lower: string): HeaderFate {
  if (lower === 'host') return 'host';
  if (lower === 'content-length') return 'content-length';
  if (lower === 'expect') return 'expect';
  const folded = lower.replace(/[^a-z0-9]/g, '-');
  if (hopByHop.has(folded)) return 'hop';
  if (folded === 'host' || folded === 'content-length') return 'spoofable';
  if (spoofableNames.has(folded)) return 'spoofable';
  return spoofablePrefixes.some((prefix) => folded.startsWith(prefix)) ? 'spoofable' : 'pass';
}
