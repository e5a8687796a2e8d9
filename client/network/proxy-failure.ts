import { proxyName } from './proxy-for.ts';

/** A proxy that refused, or couldn't be had, with what was observed of it. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  /** `passed-on`: the proxy itself works, and says that it can't reach the other side. */
  readonly kind: 'proxy' | 'proxy-sign-in' | 'passed-on';

  constructor(proxy: URL, words: string, options: ErrorOptions & { readonly kind?: ProxyFailure['kind'] } = {}) {
    const { kind = 'proxy', ...others } = options;
    super(`the proxy ${proxyName(proxy)} ${words}`, others);
    this.kind = kind;
  }
}

/** Kinds of sign-in that need the desktop's own (RFC 4559, NTLM). */
const systemSchemes = /^(?:negotiate|ntlm|kerberos)$/i;

function signInWords(proxy: URL, challenges: readonly string[]): string {
  const schemes = [...new Set(challenges.flatMap((challenge) => /^[\w-]+/.exec(challenge.trim()) ?? []))];
  const named = schemes.length === 0 ? '' : ` of the kind ${schemes.join(' or ')}`;
  if (schemes.some((scheme) => /^basic$/i.test(scheme))) {
    return proxy.username === ''
      ? `wants a sign-in${named} (HTTP 407): name user and password in HTTPS_PROXY, http://user:password@${proxyName(proxy)}`
      : 'doesn’t accept the user and password in HTTPS_PROXY (HTTP 407)';
  }
  return schemes.some((scheme) => systemSchemes.test(scheme))
    ? `wants a sign-in${named} (HTTP 407), which Causeway can’t make: ask IT to let it through, or use a local helper such as Px`
    : `wants a sign-in${named} (HTTP 407)`;
}

/** What an answer of a proxy to CONNECT other than 200 says (RFC 9110 §9.3.6, §15.5.8). */
export function proxyRefusal(proxy: URL, status: number, challenges: readonly string[]): ProxyFailure {
  if (status === 407) return new ProxyFailure(proxy, signInWords(proxy, challenges), { kind: 'proxy-sign-in' });
  if (status === 403 || status === 405)
    return new ProxyFailure(proxy, `doesn’t allow connections there (HTTP ${status})`);
  if (status >= 500) return new ProxyFailure(proxy, `can’t reach it (HTTP ${status})`, { kind: 'passed-on' });
  return new ProxyFailure(proxy, `refuses the connection (HTTP ${status})`);
}
