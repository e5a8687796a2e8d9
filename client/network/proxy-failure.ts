import { text } from '../../shared/messages/text.ts';
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

  /** @param words the end of a sentence, with the proxy in it */
  constructor(words: string, options: ErrorOptions & ProxyFailureFacts = {}) {
    const { kind = 'proxy', unreachable = false, takesPassword = false, ...others } = options;
    super(words, others);
    this.kind = kind;
    this.unreachable = unreachable;
    this.takesPassword = takesPassword;
  }
}

/** A proxy that waits for a password, for which the person is being asked. */
export class ProxyPasswordNeeded extends ProxyFailure {
  constructor(proxy: URL, cause: ProxyFailure) {
    const id = proxy.username === '' ? 'proxy-failure.password-wanted' : 'proxy-failure.password-refused';
    const words = text(id, { proxy: proxyName(proxy), by: isSocks(proxy) ? 'SOCKS' : 'HTTP 407' });
    super(words, { kind: 'proxy-sign-in', takesPassword: true, cause });
  }
}

/** Kinds of sign-in that need the desktop's own (RFC 4559, NTLM). */
const systemSchemes = /^(?:negotiate|ntlm|kerberos)$/i;

const passwordScheme = /^basic$/i;

function schemesOf(challenges: readonly string[]): readonly string[] {
  return [...new Set(challenges.flatMap((challenge) => /^[\w-]+/.exec(challenge.trim()) ?? []))];
}

function signInWords(at: URL, schemes: readonly string[]): string {
  const proxy = proxyName(at);
  if (schemes.length === 0) return text('proxy-failure.sign-in', { proxy });
  const kinds = schemes.length < 2 ? schemes.join('') : text('fresh-sign-in.either', eitherOf(schemes));
  if (schemes.some((scheme) => passwordScheme.test(scheme))) {
    const example = `http://user:password@${proxy}`;
    return at.username === ''
      ? text('proxy-failure.name-password', { proxy, kinds, example })
      : text('proxy-failure.environment-refused', { proxy });
  }
  return schemes.some((scheme) => systemSchemes.test(scheme))
    ? text('proxy-failure.sign-in-by-system', { proxy, kinds })
    : text('proxy-failure.sign-in-of-kind', { proxy, kinds });
}

function eitherOf(words: readonly string[]): { readonly one: string; readonly other: string } {
  return { one: words.slice(0, -1).join(', '), other: words.at(-1) ?? '' };
}

/** What an answer of a proxy to CONNECT other than 200 says (RFC 9110 §9.3.6, §15.5.8). */
export function proxyRefusal(proxy: URL, status: number, challenges: readonly string[]): ProxyFailure {
  if (status === 407) {
    const schemes = schemesOf(challenges);
    const takesPassword = schemes.some((scheme) => passwordScheme.test(scheme));
    return new ProxyFailure(signInWords(proxy, schemes), { kind: 'proxy-sign-in', takesPassword });
  }
  const seen = { proxy: proxyName(proxy), by: `HTTP ${status}` };
  if (status === 403 || status === 405) return new ProxyFailure(text('proxy-failure.not-allowed', seen));
  if (status >= 500) return new ProxyFailure(text('proxy-failure.passed-on', seen), { kind: 'passed-on' });
  return new ProxyFailure(text('proxy-failure.refuses', seen));
}
