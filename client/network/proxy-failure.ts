import { proxyName } from './proxy-for.ts';
import { isSocks } from './socks.ts';

/** What more is known of a proxy's failure. */
export interface ProxyFailureFacts {
  readonly kind?: ProxyFailure['kind'];
  /** It gave no answer at all. */
  readonly unreachable?: boolean;
  /** It would take a user and a password (RFC 7617, RFC 1929). */
  readonly takesPassword?: boolean;
}

/** A proxy that refused, or couldn't be had, with what was observed of it. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  /** `passed-on`: the proxy itself works, and says that it can't reach the other side. */
  readonly kind: 'proxy' | 'proxy-sign-in' | 'passed-on';
  readonly unreachable: boolean;
  readonly takesPassword: boolean;

  constructor(proxy: URL, words: string, options: ErrorOptions & ProxyFailureFacts = {}) {
    const { kind = 'proxy', unreachable = false, takesPassword = false, ...others } = options;
    super(`the proxy ${proxyName(proxy)} ${words}`, others);
    this.kind = kind;
    this.unreachable = unreachable;
    this.takesPassword = takesPassword;
  }
}

/** A proxy that waits for a password, for which the person is being asked. */
export class ProxyPasswordNeeded extends ProxyFailure {
  constructor(proxy: URL, cause: ProxyFailure) {
    const words =
      proxy.username === ''
        ? 'wants a user name and a password'
        : 'doesn’t accept the user name and the password that it was given';
    super(proxy, `${words} (${isSocks(proxy) ? 'SOCKS' : 'HTTP 407'})`, {
      kind: 'proxy-sign-in',
      takesPassword: true,
      cause,
    });
  }
}

/** Kinds of sign-in that need the desktop's own (RFC 4559, NTLM). */
const systemSchemes = /^(?:negotiate|ntlm|kerberos)$/i;

const passwordScheme = /^basic$/i;

function schemesOf(challenges: readonly string[]): readonly string[] {
  return [...new Set(challenges.flatMap((challenge) => /^[\w-]+/.exec(challenge.trim()) ?? []))];
}

function signInWords(proxy: URL, schemes: readonly string[]): string {
  const named = schemes.length === 0 ? '' : ` of the kind ${schemes.join(' or ')}`;
  if (schemes.some((scheme) => passwordScheme.test(scheme))) {
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
  if (status === 407) {
    const schemes = schemesOf(challenges);
    const takesPassword = schemes.some((scheme) => passwordScheme.test(scheme));
    return new ProxyFailure(proxy, signInWords(proxy, schemes), { kind: 'proxy-sign-in', takesPassword });
  }
  if (status === 403 || status === 405)
    return new ProxyFailure(proxy, `doesn’t allow connections there (HTTP ${status})`);
  if (status >= 500) return new ProxyFailure(proxy, `can’t reach it (HTTP ${status})`, { kind: 'passed-on' });
  return new ProxyFailure(proxy, `refuses the connection (HTTP ${status})`);
}
