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

const passedOn: Readonly<Record<string, string>> = {
  Failure: 'general failure',
  Failed: 'rejected or failed',
  NetworkUnreachable: 'network unreachable',
  HostUnreachable: 'host unreachable',
  ConnectionRefused: 'connection refused',
  TTLExpired: 'TTL expired',
};

function refusal(proxy: URL, reply: string, cause: Error): ProxyFailure {
  // An answer that has no meaning, or says yes in another version.
  if (reply === 'undefined' || reply === 'Granted') return otherKind(proxy, cause);
  if (reply === 'NotAllowed') return new ProxyFailure(proxy, 'doesn’t allow connections there (SOCKS)', { cause });
  if (reply === 'Rejected' || reply === 'RejectedIdent') {
    const words = 'wants a sign-in of the kind ident (SOCKS 4), which Causeway can’t make: ask IT to let it through';
    return new ProxyFailure(proxy, words, { kind: 'proxy-sign-in', cause });
  }
  const why = passedOn[reply];
  if (why === undefined) return new ProxyFailure(proxy, `refuses the connection (SOCKS: ${reply})`, { cause });
  return new ProxyFailure(proxy, `can’t reach it (SOCKS: ${why})`, { kind: 'passed-on', cause });
}

function signIn(proxy: URL, said: string, cause: Error): ProxyFailure {
  const facts = { kind: 'proxy-sign-in', cause } as const;
  if (proxy.username === '') {
    const example = `${proxy.protocol}//user:password@${proxyName(proxy)}`;
    const words = `wants a user name and a password (SOCKS): name them in ALL_PROXY, ${example}`;
    return new ProxyFailure(proxy, words, { ...facts, takesPassword: true });
  }
  if (said.includes('no accepted')) {
    const words = 'wants a sign-in of another kind than user and password (SOCKS), which Causeway can’t make';
    return new ProxyFailure(proxy, `${words}: ask IT to let it through`, facts);
  }
  return new ProxyFailure(proxy, 'doesn’t accept the user name and the password that it was given (SOCKS)', {
    ...facts,
    takesPassword: true,
  });
}

function otherKind(proxy: URL, cause: Error): ProxyFailure {
  return new ProxyFailure(proxy, `doesn’t answer as a SOCKS ${socksVersion(proxy)} proxy does`, { cause });
}
