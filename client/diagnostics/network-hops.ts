import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AccessError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../network/loopback.ts';
import { trustedAuthorities } from '../network/trusted-authorities.ts';
import { relayFailure } from '../sign-in/discover-relay.ts';

const timeoutMs = 10_000;

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Looks the relay's name up. @throws AccessError `relay-unreachable` */
export async function checkName(relayUrl: string): Promise<string> {
  const host = bareHost(new URL(relayUrl));
  if (isIP(host) !== 0) return `${host} is an address; no name is needed`;
  try {
    const addresses = await lookup(host, { all: true });
    return `${host} is ${addresses.map(({ address }) => address).join(', ')}`;
  } catch (error) {
    throw relayFailure(relayUrl, error);
  }
}

/** The proxy on the way to the relay, from the environment; null for none. Exceptions in NO_PROXY are left to the proxy agent. */
export function proxyOf(relayUrl: string, environment: Readonly<Record<string, string | undefined>>): string | null {
  if (isLoopbackHost(new URL(relayUrl).hostname)) return null;
  return environment['https_proxy'] || environment['HTTPS_PROXY'] || null;
}

/** Opens one connection to the relay, with TLS where the address says so. @throws AccessError */
export async function checkConnection(relayUrl: string, ca: readonly string[] | undefined): Promise<string> {
  const url = new URL(relayUrl);
  const secure = url.protocol === 'https:';
  const host = bareHost(url);
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = secure
    ? connectTls({ host, port, ca: trustedAuthorities(ca), ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connectTcp({ host, port });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    if (!secure) return 'plain HTTP, on this computer only';
    const tls = socket as TLSSocket;
    return `${tls.getProtocol() ?? 'TLS'}, certificate valid until ${tls.getPeerCertificate().valid_to}`;
  } catch (error) {
    if (signal.aborted) throw new AccessError('relay-unreachable', `${url.host} doesn’t answer within 10 seconds.`);
    throw relayFailure(relayUrl, error);
  } finally {
    socket.destroy();
  }
}
