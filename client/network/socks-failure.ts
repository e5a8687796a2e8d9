import { type TextId, text } from '../../shared/messages/text.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { proxyName } from './proxy-for.ts';
import { proxyConnectionFailure } from './proxy-connection-failure.ts';
import { socksVersion } from './socks.ts';

/** What a SOCKS proxy did, from the words of the library that speaks with it (RFC 1928 §6, RFC 1929 §2). */
export function socksFailure(proxy: URL, said: string): ProxyFailure {
  // The library’s own error holds the password.
  const error = new Error(said);
  const refused = /rejected connection - \(?(\w+)\)?$/.exec(said)?.[1];
  if (refused !== undefined) return refusal(proxy, refused, error);
  if (/no accepted authentication type|Authentication failed/.test(said)) return signIn(proxy, said, error);
  if (/invalid socks version|unknown authentication type|invalid/i.test(said)) return otherKind(proxy, error);
  if (said === 'Socket closed') {
    return proxyConnectionFailure(proxy, Object.assign(new Error(said), { code: 'ECONNRESET' }), false);
  }
  return proxyConnectionFailure(proxy, error, false);
}

const passedOn: Readonly<Record<string, TextId & `proxy-failure.socks-${string}`>> = {
  Failure: 'proxy-failure.socks-failure',
  Failed: 'proxy-failure.socks-failed',
  NetworkUnreachable: 'proxy-failure.socks-network',
  HostUnreachable: 'proxy-failure.socks-host',
  ConnectionRefused: 'proxy-failure.socks-refused',
  TTLExpired: 'proxy-failure.socks-late',
};

function refusal(at: URL, reply: string, cause: Error): ProxyFailure {
  const proxy = proxyName(at);
  // An answer that has no meaning, or says yes in another version.
  if (reply === 'undefined' || reply === 'Granted') return otherKind(at, cause);
  if (reply === 'NotAllowed')
    return new ProxyFailure(text('proxy-failure.not-allowed', { proxy, by: 'SOCKS' }), { cause });
  if (reply === 'Rejected' || reply === 'RejectedIdent')
    return new ProxyFailure(text('proxy-failure.ident', { proxy }), { kind: 'proxy-sign-in', cause });
  const why = passedOn[reply];
  const by = `SOCKS: ${why === undefined ? reply : text(why)}`;
  return why === undefined
    ? new ProxyFailure(text('proxy-failure.refuses', { proxy, by }), { cause })
    : new ProxyFailure(text('proxy-failure.passed-on', { proxy, by }), { kind: 'passed-on', cause });
}

function signIn(at: URL, said: string, cause: Error): ProxyFailure {
  const facts = { kind: 'proxy-sign-in', cause } as const;
  const proxy = proxyName(at);
  if (at.username === '') {
    const example = `${at.protocol}//user:password@${proxy}`;
    const words = text('proxy-failure.name-in-all-proxy', { proxy, example });
    return new ProxyFailure(words, { ...facts, takesPassword: true });
  }
  if (said.includes('no accepted')) return new ProxyFailure(text('proxy-failure.other-sign-in', { proxy }), facts);
  const words = text('proxy-failure.password-refused', { proxy, by: 'SOCKS' });
  return new ProxyFailure(words, { ...facts, takesPassword: true });
}

function otherKind(at: URL, cause: Error): ProxyFailure {
  const facts = { proxy: proxyName(at), version: String(socksVersion(at)) };
  return new ProxyFailure(text('proxy-failure.no-socks', facts), { cause });
}
